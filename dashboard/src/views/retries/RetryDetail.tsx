import { useEffect } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { ApiFault } from '../../api/request';
import type { WholeRetry } from '../../api/retries';
import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { visible } from '../../format/json';
import { counted, short } from '../../format/numbers';
import { clockTime } from '../../format/time';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import type { Retry, RetryMoment } from '../../wire/retries';
import { Fact, Moment } from '../../work/Facts';
import { PayloadEditor } from '../../work/PayloadEditor';
import { question } from '../../work/question';
import { useRetries } from './RetriesContext';
import type { RetriesModel } from './RetriesContext';
import { allowed, payloadFault, statusWords } from './words';

/** All that is known of a retry, read anew when it is opened. */
export function RetryDetail({ id }: { id: string }) {
  const { desk } = useRetries();
  const opened = desk.opened.value;
  const whole = opened?.id === id ? opened.whole : null;
  if (whole === null) return <div class="event-detail retry-detail muted">Reading the retry.</div>;
  return (
    <div class="event-detail retry-detail">
      {whole instanceof ApiFault ? (
        <p role="alert">
          <b>{whole.message}</b> {whole.detail}
        </p>
      ) : (
        <>
          <Facts retry={whole.retry} />
          <History history={whole.history} />
          {desk.editing.value ? <Editor whole={whole} /> : <Payload whole={whole} />}
        </>
      )}
    </div>
  );
}

function Facts({ retry }: { retry: Retry }) {
  return (
    <dl>
      <Fact name="error" value={visible(retry.lastError)} />
      <Fact name="state" value={`${statusWords(retry.status)}, ${retry.attempt} of ${counted(retry.retriesMax, 'attempt')}${retry.crashes === 0 ? '' : `, ${counted(retry.crashes, 'crash', 'crashes')}`}`} />
      <Fact name="target" value={visible(retry.target)} />
      {retry.status === 'pending' ? <Moment name="next try" at={retry.runAfter} /> : null}
      <Moment name="held" at={retry.heldBy?.since ?? null} more={retry.heldBy?.process} />
      <Fact name="correlation" value={retry.correlationId} />
      <Fact name="idempotency" value={retry.idempotencyKey} />
      <Fact name="group" value={retry.groupKey === '' ? '' : `${retry.groupKey}${retry.blocked ? ', behind an earlier one' : ''}`} />
      <Fact name="priority" value={String(retry.priority)} />
      <Fact name="time limit" value={`${retry.timeoutSeconds} s an attempt`} />
      <Fact name="tags" value={retry.tags.join(', ')} />
      <Fact name="edited" value={retry.version === 1 ? '' : counted(retry.version - 1, 'time')} />
      <Moment name="handed in" at={retry.createdAt} />
      <Moment name="changed" at={retry.updatedAt} />
      <Fact name="id" value={retry.id} />
    </dl>
  );
}

/** What happened to it, attempt by attempt. */
function History({ history }: { history: readonly RetryMoment[] }) {
  const { store } = usePage();
  if (history.length === 0) return null;
  return (
    <div class="attempts">
      <h3>What happened</h3>
      <ol>
        {history.map((moment, at) => (
          <li key={at} data-event={moment.event}>
            <time class="figure muted">{moment.at === null ? '' : clockTime(moment.at, store.now.peek())}</time>
            <b>{moment.event.replaceAll('_', ' ')}</b>
            <span class="muted">{moment.attempt === 0 ? '' : `attempt ${moment.attempt}`}</span>
            <span class="muted figure">{moment.tookMs === null ? '' : `${short(moment.tookMs)} ms`}</span>
            <span class="message">{visible(moment.message)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Editor({ whole }: { whole: WholeRetry }) {
  const { desk } = useRetries();
  return (
    <PayloadEditor
      whole={whole}
      name="the retry"
      member="payload"
      then={whole.retry.status === 'pending' ? null : 'retry'}
      busy={desk.busy.value}
      check={payloadFault}
      save={({ retry }, text, reason, then) => desk.save(retry, text, reason, then)}
      cancel={() => (desk.editing.value = false)}
    />
  );
}

/** Always as text: what clients send is never markup here. */
function Payload({ whole: { retry, payload, originalEvent } }: { whole: WholeRetry }) {
  const model = useRetries();
  const busy = model.desk.busy.value;
  useEffect(() => focusRow(retry.id), [busy]);
  return (
    <>
      <figure class="json">
        <figcaption>payload</figcaption>
        <pre tabIndex={0}>{payload}</pre>
      </figure>
      {originalEvent === '' ? null : (
        <details>
          <summary>The event that told of the failure</summary>
          <pre tabIndex={0}>{originalEvent}</pre>
        </details>
      )}
      <p class="actions">
        {mayOperate.value ? <Actions model={model} retry={retry} busy={busy} /> : null}
        <CopyButton label="Copy JSON" text={() => payload} />
        <CopyButton label="Copy as curl" text={() => curlGet(model.api.retryUrl(retry.id))} />
        {retry.fingerprint === '' ? null : (
          <button type="button" class="quiet" onClick={() => refine({ ...route.value, retries: { ...route.value.retries, fingerprint: retry.fingerprint } })}>
            Only this cause
          </button>
        )}
      </p>
    </>
  );
}

function Actions({ model, retry, busy }: { model: RetriesModel; retry: Retry; busy: boolean }) {
  const { desk } = model;
  const may = allowed(retry);
  return (
    <>
      {may.requeue ? (
        <button type="button" data-action="requeue" disabled={busy} onClick={() => void desk.do(retry.id, 'requeue')}>
          Retry now
        </button>
      ) : null}
      {may.edit ? (
        <button type="button" data-action="edit" disabled={busy} onClick={() => (desk.editing.value = true)}>
          {may.requeue ? 'Edit and retry' : 'Edit'}
        </button>
      ) : null}
      {may.deadLetter ? (
        <button type="button" data-action="dead-letter" disabled={busy} onClick={() => askDeadLetter(model, retry)}>
          Take out
        </button>
      ) : null}
      {may.cancel ? (
        <button type="button" data-action="cancel" disabled={busy} onClick={() => askCancel(model, retry)}>
          Cancel
        </button>
      ) : null}
    </>
  );
}

/** A button that goes away, or rests while something is done, takes the keyboard with it: it goes on from the row. */
function focusRow(id: string): void {
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLButtonElement>(`[data-retry="${id}"] .retry-line`)?.focus({ preventScroll: true });
}

function askDeadLetter({ desk }: RetriesModel, { id }: Retry): void {
  question.value = {
    title: 'Take this out of the queue?',
    text: 'It becomes a dead letter: it is not executed until somebody puts it back.',
    button: 'Take out',
    typed: '',
    act: (reason) => void desk.do(id, 'dead-letter', reason),
  };
}

function askCancel({ desk }: RetriesModel, { id, status }: Retry): void {
  question.value = {
    title: 'Give this up?',
    text: `It is never executed again unless somebody puts it back.${status === 'processing' ? ' It is being executed at this moment, and may still take effect at its target.' : ''}`,
    button: 'Give up',
    typed: '',
    act: (reason) => void desk.do(id, 'cancel', reason),
  };
}
