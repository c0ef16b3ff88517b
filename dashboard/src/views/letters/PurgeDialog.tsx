import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { purgeDaysMax } from '../../api/deadLetters';
import type { PurgeOrder } from '../../api/deadLetters';
import { ApiFault } from '../../api/request';
import { count } from '../../format/numbers';
import { letterStatuses } from '../../wire/deadLetters';
import type { LetterStatus, PurgeCount } from '../../wire/deadLetters';
import { typedNumber } from '../../work/typedNumber';
import { useLetters } from './LettersContext';
import { purgeCountWords } from './words';

/** How long dead letters are kept when nobody says otherwise; a purge is for those who do not want to wait so long, or longer. */
const daysAtFirst = '30';

/** How long the keys must rest before the store is asked. */
const typingPauseMs = 200;

/** Deletes letters for good, after it has said how many and which. */
export function PurgeDialog() {
  const { desk } = useLetters();
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = desk.purging.value;
  useEffect(() => {
    if (asked) dialog.current?.showModal();
    else dialog.current?.close();
  }, [asked]);
  return (
    <dialog ref={dialog} class="panel" aria-labelledby="purge-title" onClose={() => (desk.purging.value = false)}>
      {asked ? <Purge /> : null}
    </dialog>
  );
}

function Purge() {
  const { desk, filters } = useLetters();
  const [days, setDays] = useState(daysAtFirst);
  const [status, setStatus] = useState<LetterStatus | ''>(() => letterStatuses.find((name) => name === filters.peek().status) ?? '');
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const order = useMemo(() => orderOf(days, status), [days, status]);
  const counted = useCount(order);
  const matched = counted === null || counted instanceof ApiFault ? 0 : counted.matched;
  const wanted = typedNumber(matched);
  const purge = (event: Event): void => {
    event.preventDefault();
    desk.purging.value = false;
    if (order !== null) void desk.purge(order, reason);
  };
  return (
    <form class="question" onSubmit={purge}>
      <h2 id="purge-title">Delete dead letters for good</h2>
      <p>By age and state, whatever the filter shows. What is deleted cannot be replayed or looked at again.</p>
      <div class="purge-order">
        <label>
          Older than, in days
          <input type="number" required min={0} max={purgeDaysMax} step={1} value={days} onInput={(event) => setDays(event.currentTarget.value)} />
        </label>
        <label>
          In the state
          <select value={status} onChange={(event) => setStatus(event.currentTarget.value as LetterStatus | '')}>
            <option value="">recovered, discarded or failed</option>
            {letterStatuses.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="purge-count" role="status" data-level={matched > 0 ? 'warn' : undefined}>
        {countWords(order, counted)}
      </p>
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
        <button type="submit" disabled={matched === 0 || typed !== wanted}>
          {matched === 0 ? 'Delete' : `Delete ${count(matched)}`}
        </button>
        <button type="button" class="quiet" onClick={() => (desk.purging.value = false)}>
          Cancel
        </button>
      </p>
    </form>
  );
}

/** Null while it is not known. */
function useCount(order: PurgeOrder | null): PurgeCount | ApiFault | null {
  const { api } = useLetters();
  const [counted, setCounted] = useState<PurgeCount | ApiFault | null>(null);
  useEffect(() => {
    setCounted(null);
    if (order === null) return undefined;
    const request = new AbortController();
    const ask = async (): Promise<void> => {
      const answer = await api.countPurge(order, request.signal).catch(ApiFault.of);
      if (!request.signal.aborted) setCounted(answer);
    };
    const timer = setTimeout(() => void ask(), typingPauseMs);
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [order]);
  return counted;
}

/** Null when the days are no number that makes sense. */
function orderOf(days: string, status: LetterStatus | ''): PurgeOrder | null {
  const olderThanDays = Number(days);
  return days !== '' && Number.isInteger(olderThanDays) && olderThanDays >= 0 && olderThanDays <= purgeDaysMax ? { olderThanDays, status } : null;
}

function countWords(order: PurgeOrder | null, counted: PurgeCount | ApiFault | null): string {
  if (order === null) return `A whole number of days is wanted, 0 to ${purgeDaysMax}.`;
  if (counted === null) return 'Counting.';
  return counted instanceof ApiFault ? `${counted.message} ${counted.detail}` : purgeCountWords(counted);
}
