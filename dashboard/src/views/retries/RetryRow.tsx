import { usePage } from '../../context';
import { visible } from '../../format/json';
import { goTo, route } from '../../route/location';
import type { Retry } from '../../wire/retries';
import { RetryDetail } from './RetryDetail';
import { statusWords, whenWords } from './words';

/** A line of the list; it opens to everything that is known of the retry. */
export function RetryRow({ retry, open }: { retry: Retry; open: boolean }) {
  const { store } = usePage();
  const at = retry.status === 'pending' ? retry.runAfter : retry.updatedAt;
  const written = at === null ? undefined : new Date(at).toISOString();
  return (
    <li data-status={retry.status} data-retry={retry.id}>
      <button type="button" class="row-line retry-line" aria-expanded={open} onClick={() => goTo({ ...route.value, retry: open ? '' : retry.id })}>
        <time class="age figure" dateTime={written} title={written}>
          {whenWords(retry, store.serverNow.value)}
        </time>
        <span class="status">{retry.blocked ? 'behind another' : statusWords(retry.status)}</span>
        <b class="type">{visible(retry.operationType)}</b>
        <span class="target">{visible(retry.target)}</span>
        <span class="reason">{visible(retry.lastError)}</span>
        <span class="tries figure" title="Attempts so far, and at most">
          {retry.attempt}/{retry.retriesMax}
          <span class="visually-hidden"> attempts</span>
        </span>
      </button>
      {open ? <RetryDetail id={retry.id} /> : null}
    </li>
  );
}
