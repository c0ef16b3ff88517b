import { usePage } from '../../context';
import { count } from '../../format/numbers';
import { relative } from '../../format/time';
import { refine, route } from '../../route/location';
import type { RetryAlert } from '../../wire/retries';
import { useRetries } from './RetriesContext';
import { alike } from './words';

const shownMax = 5;

/** What of the queue needs attention, the worst first; what says the same stands once. */
export function Alerts() {
  const alerts = alike(useRetries().list.alerts.value);
  if (alerts.length === 0) return null;
  return (
    <section class="alerts" aria-labelledby="alerts-title">
      <h3 id="alerts-title">Needs attention</h3>
      <ul>
        {alerts.slice(0, shownMax).map(({ first, times }) => (
          <Alert key={first.reason + first.detail} alert={first} times={times} />
        ))}
      </ul>
      {alerts.length <= shownMax ? null : <p class="muted">and {alerts.length - shownMax} more</p>}
    </section>
  );
}

function Alert({ alert: { reason, id, detail, since }, times }: { alert: RetryAlert; times: number }) {
  const { store } = usePage();
  return (
    <li>
      {times === 1 ? null : <span class="figure">{count(times)} × </span>}
      <b>{reason}</b> {detail} {since === null ? null : <span class="muted">{relative(Math.min(since, store.serverNow.value), store.serverNow.value)}</span>}{' '}
      {id === '' ? null : (
        <button type="button" class="quiet" onClick={() => refine({ ...route.value, retry: id })}>
          {times === 1 ? 'Show' : 'Show one'}
        </button>
      )}
    </li>
  );
}
