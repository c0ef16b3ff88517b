import { useEffect, useRef, useState } from 'preact/hooks';
import type { OperationOrder } from '../../api/operations';
import { count, counted } from '../../format/numbers';
import { route } from '../../route/location';
import type { OperationKind } from '../../wire/operations';
import { typedNumber } from '../../work/typedNumber';
import { isFilteringRetries, wireFilter } from './filters';
import { useRetries } from './RetriesContext';
import { promiseWords } from './words';

const verbs: Readonly<Record<OperationKind, string>> = { replay: 'Replay', discard: 'Discard', cancel: 'Cancel' };

/** Orders something over all retries that pass the filter: counted before it is agreed to. */
export function OrderDialog() {
  const { desk } = useRetries();
  const kind = desk.ordering.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (kind !== null) dialog.current?.showModal();
    else dialog.current?.close();
  }, [kind]);
  return (
    <dialog ref={dialog} class="panel" aria-labelledby="order-title" onClose={() => (desk.ordering.value = null)}>
      {kind === null ? null : <Order key={kind} kind={kind} />}
    </dialog>
  );
}

function Order({ kind }: { kind: OperationKind }) {
  const { desk, book } = useRetries();
  const [matched, setMatched] = useState<number | null>(null);
  const [canary, setCanary] = useState(kind === 'replay');
  const [rate, setRate] = useState('');
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [filter] = useState(() => wireFilter(route.value.retries));
  const order: OperationOrder = { kind, over: 'retries', filter, canary, ratePerSecond: rate === '' ? null : Number(rate), reason };
  useEffect(() => void book.count(order).then(setMatched), []);

  const wanted = matched === null || kind === 'replay' ? '' : typedNumber(matched);
  const begin = (event: Event): void => {
    event.preventDefault();
    desk.ordering.value = null;
    void book.begin(order);
  };
  return (
    <form class="question" onSubmit={begin}>
      <h2 id="order-title">
        {verbs[kind]} {matched === null ? 'retries' : counted(matched, 'retry', 'retries')}?
      </h2>
      <p aria-live="polite">{matched === null ? (book.said.value?.text ?? 'Counting what matches.') : matched === 0 ? 'Nothing that matches can be done this to.' : promiseWords(kind, matched)}</p>
      <p class="muted">{isFilteringRetries(route.value.retries) ? 'Those that pass the filter now.' : 'Of the whole queue.'} What comes later does not belong to it. It goes on when this page is closed, and after a restart.</p>
      {kind === 'replay' ? (
        <label class="check">
          <input type="checkbox" checked={canary} onChange={(event) => setCanary(event.currentTarget.checked)} />
          In steps: 1, then 10, then a tenth, then the rest; it stops by itself when most of a step fails again
        </label>
      ) : null}
      <label>
        At most so many in a second (optional)
        <input type="number" min={0.01} max={100_000} step="any" value={rate} onInput={(event) => setRate(event.currentTarget.value)} />
      </label>
      <label>
        Reason, for the audit (optional)
        <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {wanted === '' ? null : (
        <label>
          Type {wanted} to go on
          <input type="text" inputMode="numeric" autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
      )}
      <p class="actions">
        <button type="submit" disabled={matched === null || matched === 0 || typed !== wanted}>
          {verbs[kind]} {matched === null ? '' : count(matched)}
        </button>
        <button type="button" class="quiet" onClick={() => (desk.ordering.value = null)}>
          Leave it
        </button>
      </p>
    </form>
  );
}
