import { usePage } from '../../context';
import { storeName } from '../../format/stores';
import { describeBreaker } from '../../health/breaker';
import type { Breaker } from '../../state/model';

/** Whether the database is asked at all, and when it is tried again. */
export function DatabasePanel() {
  const { store } = usePage();
  const breakers = store.breakers.value;
  const status = store.status.value;
  if (status === null || breakers.length === 0) return null;
  return (
    <section class="panel database" aria-labelledby="database-title">
      <h2 id="database-title">Database</h2>
      <span class="kind">{storeName(status.store)}</span>
      {breakers.map((breaker) => (
        <Circuit key={breaker.name} breaker={breaker} now={store.serverNow.value} />
      ))}
    </section>
  );
}

function Circuit({ breaker, now }: { breaker: Breaker; now: number }) {
  const { level, state, detail } = describeBreaker(breaker, now);
  return (
    <p class="circuit" data-breaker={breaker.name} data-state={breaker.state} data-level={level}>
      <b class="state">{state}</b> <span class="detail">{detail}</span>
    </p>
  );
}
