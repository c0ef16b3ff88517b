import { useEffect } from 'preact/hooks';
import type { ApiFault } from '../api/request';
import './work.css';

/** After which time a store that is away is asked again if it does not say. */
const askAgainMs = 5000;

interface FailedProps {
  readonly fault: ApiFault;
  /** Whether something that was read before is still shown. */
  readonly stale: boolean;
  readonly again: () => void;
}

/** Says what is wrong and what to do, and asks again by itself: a store comes back. */
export function Failed({ fault, stale, again }: FailedProps) {
  useEffect(() => {
    if (fault.status !== 503 && fault.status !== 0) return undefined;
    const timer = setTimeout(again, fault.retryAfterMs ?? askAgainMs);
    return () => clearTimeout(timer);
  }, [fault]);
  return (
    <div class="failed" role="alert">
      <p>
        <b>{fault.message}</b> {fault.detail} {fault.fields.map(({ field, message }) => `${field}: ${message}`).join(' ')}
        {stale ? ' What is below was read before.' : ''}
      </p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}
