import { counted } from '../format/numbers';
import { duration } from '../format/time';
import type { Breaker } from '../state/model';
import type { Level } from './assess';

export interface BreakerWords {
  readonly level: Exclude<Level, 'note'>;
  readonly state: string;
  /** What that means at this moment and what happens next. */
  readonly detail: string;
}

/** A circuit breaker in words. `now` is the server's clock, by which its instants are told. */
export function describeBreaker(breaker: Breaker, now: number): BreakerWords {
  switch (breaker.state) {
    case 'closed':
      return breaker.failures === 0
        ? { level: 'ok', state: 'Circuit closed', detail: 'It answers.' }
        : { level: 'warn', state: 'Circuit closed', detail: `${counted(breaker.failures, 'failure')} in a row${because(breaker)}.` };
    case 'open':
      return { level: 'bad', state: 'Circuit open', detail: `Nothing is asked of it${because(breaker)}. Data waits in the spool. ${nextTry(breaker, now)}` };
    case 'half_open':
      return { level: 'warn', state: 'Circuit half-open', detail: 'It is being tried whether it answers again.' };
    case 'isolated':
      return { level: 'bad', state: 'Circuit isolated', detail: `By an operator${since(breaker, now)}. Data waits in the spool until the breaker is reset.` };
    default:
      return { level: 'unknown', state: 'Circuit unknown', detail: 'This page does not know the state that the server tells.' };
  }
}

const because = ({ lastFailure }: Breaker): string => (lastFailure === '' ? '' : ` (${lastFailure})`);

const since = ({ openedAt }: Breaker, now: number): string => (openedAt === null ? '' : `, for ${duration(now - openedAt)}`);

/** Counted in whole seconds that are left, so that the last one shown before the try is 1. */
function nextTry({ nextAttemptAt }: Breaker, now: number): string {
  const left = nextAttemptAt === null ? 0 : Math.ceil((nextAttemptAt - now) / 1000);
  return left > 0 ? `Next try in ${duration(left * 1000)}.` : 'Next try any moment.';
}
