import { usePage } from '../../context';
import { storeName } from '../../format/stores';
import { describeBreaker } from '../../health/breaker';
import type { Breaker } from '../../state/model';

/** Whether the database is asked at all, and when it is tried again. */
export function DatabasePanel() {
  const { store } = usePage();
  const breakers = store.breakers.value;
  return breakers.length === 0 ? null : (
    <section class="panel facts database" aria-labelledby="database-title">
      <h2 id="database-title">Database</h2>
      {storeName(store.status.value?.store ?? '')}
      {breakers.map((breaker) => (
        <Circuit key={breaker.name} breaker={breaker} now={store.serverNow.value} />
      ))}
    </section>
  );
}

/** The shape says it too: whole when all may pass, open when not. */
function Circuit({ breaker, now }: { breaker: Breaker; now: number }) {
  const { level, detail } = describeBreaker(breaker, now);
  return (
    <p data-breaker={breaker.name} data-state={breaker.state} data-level={level}>
      <b>
        {level === 'ok' ? '●' : '○'} Circuit {breaker.state}
      </b>{' '}
      {detail}
    </p>
  );
}
