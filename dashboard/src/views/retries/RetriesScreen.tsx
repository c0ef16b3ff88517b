import { computed, effect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { OperationsApi } from '../../api/operations';
import { RetriesApi } from '../../api/retries';
import { curlGet } from '../../format/curl';
import { count, counted } from '../../format/numbers';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import { onKeys } from '../../ui/keyboard';
import { retryStatuses } from '../../wire/retries';
import type { RetryStatus } from '../../wire/retries';
import { Confirm } from '../../work/Confirm';
import { Failed } from '../../work/Failed';
import { onFilters } from '../../work/follow';
import { workKeys } from '../../work/keyboard';
import { Alerts } from './Alerts';
import { isFilteringRetries } from './filters';
import { OperationBook } from './OperationBook';
import { Operations } from './Operations';
import { OrderDialog } from './OrderDialog';
import { RetriesContext, useRetries } from './RetriesContext';
import type { RetriesModel } from './RetriesContext';
import { RetryDesk } from './RetryDesk';
import { RetryDetail } from './RetryDetail';
import { choose, RetryFilterBar } from './RetryFilterBar';
import { RetryGroups } from './RetryGroups';
import { RetryList } from './RetryList';
import { RetryRow } from './RetryRow';
import { statusWords } from './words';
import '../../work/work.css';
import './retries.css';

const keys = workKeys('.retry-detail', { r: 'requeue', e: 'edit', x: 'cancel' });

/** How often the counts are asked for while somebody looks. */
const countEveryMs = 5000;

/** Operations that failed and come back: what waits, what was given up and why, and what to do about it. */
export function RetriesScreen() {
  const model = useMemo(() => {
    const api = new RetriesApi(document.baseURI);
    const filters = computed(() => route.value.retries);
    const list = new RetryList(api);
    return { api, filters, list, desk: new RetryDesk(api, list), book: new OperationBook(new OperationsApi(document.baseURI), () => void list.load(filters.peek())) };
  }, []);
  useEffect(() => follow(model), [model]);
  useEffect(() => onKeys(keys), []);
  return (
    <RetriesContext.Provider value={model}>
      <section class="panel log retries" aria-labelledby="retries-title">
        <div class="log-head">
          <h2 id="retries-title">Retries</h2>
          <Totals />
          <RetryFilterBar />
        </div>
        <OverMany />
        <Outcome />
        <Operations />
        <Alerts />
        <RetryGroups />
        <Rows />
      </section>
      <Confirm />
      <OrderDialog />
    </RetriesContext.Provider>
  );
}

/** Asks anew when the filter or the open retry changes, and for the counts while somebody looks. */
function follow({ list, desk, book, filters }: RetriesModel): () => void {
  const open = computed(() => route.value.retry);
  const timer = setInterval(() => {
    if (!document.hidden) void list.recount();
  }, countEveryMs);
  const stops = [onFilters(filters, (wanted) => void list.load(wanted)), effect(() => void desk.open(open.value))];
  void book.look();
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
    list.stop();
    desk.stop();
    book.stop();
  };
}

/** How many there are in each state; each is a way to see them alone. */
function Totals() {
  const totals = useRetries().list.totals.value;
  if (totals === null) return null;
  return (
    <div class="totals">
      {retryStatuses.map((status) => (
        <Total key={status} status={status} value={totals[status]} />
      ))}
    </div>
  );
}

function Total({ status, value }: { status: RetryStatus; value: number }) {
  const pressed = route.value.retries.status === status;
  return (
    <button type="button" class="total" aria-pressed={pressed} onClick={() => choose(pressed ? '' : status)}>
      <b>{count(value)}</b> {statusWords(status)}
    </button>
  );
}

/** What can be done with all that pass the filter. */
function OverMany() {
  const { api, desk, list, filters } = useRetries();
  const outdated = list.outdated.value;
  const which = isFilteringRetries(filters.value) ? 'matching' : '';
  return (
    <div class="actions work-actions">
      {mayOperate.value ? (
        <>
          <button type="button" onClick={() => (desk.ordering.value = 'replay')}>
            Replay all {which}
          </button>
          <button type="button" onClick={() => (desk.ordering.value = 'discard')}>
            Discard all {which}
          </button>
          <button type="button" disabled={filters.value.text !== ''} title={filters.value.text === '' ? undefined : 'What waits is found by exact keys alone: clear the text.'} onClick={() => (desk.ordering.value = 'cancel')}>
            Cancel all waiting {which}
          </button>
        </>
      ) : null}
      <CopyButton label="Copy as curl" text={() => curlGet(api.listUrl(filters.peek()))} />
      <button type="button" class={outdated ? 'pace' : 'quiet'} onClick={() => void list.load(filters.peek())}>
        {outdated ? 'Something changed: refresh' : 'Refresh'}
      </button>
    </div>
  );
}

/** What the last thing that was done came to; read aloud to those who do not see it. */
function Outcome() {
  const said = useRetries().desk.said.value;
  return (
    <p class="outcome" role="status" data-level={said?.level}>
      {said?.text}
    </p>
  );
}

/** The list, or why there is none. */
function Rows() {
  const { list, filters } = useRetries();
  const state = list.state.value;
  const rows = list.rows.value;
  const open = route.value.retry;
  return (
    <>
      {typeof state === 'object' ? <Failed fault={state} stale={rows.length > 0} again={() => void list.load(filters.peek())} /> : null}
      {open === '' || rows.some(({ id }) => id === open) ? null : <Elsewhere id={open} />}
      {rows.length === 0 ? (
        <Nothing />
      ) : (
        <ol class="retry-list" aria-label="Retries, newest first" aria-busy={state === 'loading'}>
          {rows.map((row) => (
            <RetryRow key={row.id} retry={row} open={row.id === open} />
          ))}
        </ol>
      )}
      <More />
    </>
  );
}

/** The retry of the address, where the list does not have it: another filter, another page. */
function Elsewhere({ id }: { id: string }) {
  return (
    <section class="elsewhere" aria-labelledby="elsewhere-title">
      <div class="log-head">
        <h3 id="elsewhere-title">Retry {id}</h3>
        <button type="button" class="quiet" onClick={() => refine({ ...route.value, retry: '' })}>
          Close
        </button>
      </div>
      <RetryDetail id={id} />
    </section>
  );
}

function Nothing() {
  const { list, filters } = useRetries();
  const state = list.state.value;
  if (typeof state === 'object') return null;
  if (state !== 'ready') return <p class="muted empty">Looking in the store.</p>;
  return (
    <p class="muted empty">
      {isFilteringRetries(filters.value) ? 'No retry passes the filter.' : 'No retries. An operation that failed and is handed in, or whose failure is posted as an event, stands here until it is done.'}
    </p>
  );
}

function More() {
  const { list, filters } = useRetries();
  const [state, rows] = [list.state.value, list.rows.value];
  if (state === 'loading more') return <p class="older muted">Loading older retries.</p>;
  if (list.next.value === null) return <p class="older muted">{rows.length === 0 ? '' : `That is all: ${counted(rows.length, 'retry', 'retries')}.`}</p>;
  if (list.isFull) return <p class="older muted">Older ones are found with a filter.</p>;
  return (
    <div class="older">
      <button type="button" class="quiet" onClick={() => void list.more(filters.peek())}>
        Older retries
      </button>
    </div>
  );
}
