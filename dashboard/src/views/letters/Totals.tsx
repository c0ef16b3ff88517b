import { usePage } from '../../context';
import { bytes, count } from '../../format/numbers';
import { duration } from '../../format/time';
import { refine, route } from '../../route/location';
import { letterStatuses } from '../../wire/deadLetters';
import type { LetterStatus } from '../../wire/deadLetters';
import { useLetters } from './LettersContext';

/** How many letters there are in each state; each is a way to see them alone. */
export function Totals() {
  const { store } = usePage();
  const totals = useLetters().list.totals.value;
  if (totals === null) return null;
  const oldest = totals.oldestPendingAt;
  return (
    <div class="totals">
      {letterStatuses.map((status) => (
        <Total key={status} status={status} value={totals[status]} />
      ))}
      <span class="muted">
        {bytes(totals.sizeBytes)}
        {oldest === null ? '' : `, the oldest waits ${duration(store.serverNow.value - oldest)}`}
      </span>
    </div>
  );
}

function Total({ status, value }: { status: LetterStatus; value: number }) {
  const { letters } = route.value;
  const pressed = letters.status === status;
  return (
    <button type="button" class="total" aria-pressed={pressed} onClick={() => refine({ ...route.value, letters: { ...letters, status: pressed ? '' : status } })}>
      <b>{count(value)}</b> {status}
    </button>
  );
}
