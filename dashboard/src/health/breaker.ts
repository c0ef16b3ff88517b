import { counted } from '../format/numbers';
import { duration } from '../format/time';
import type { Breaker } from '../state/model';
import type { Level } from './assess';

export interface BreakerWords {
  readonly level: Exclude<Level, 'note'>;
  /** Beside the state: what happens next. */
  readonly detail: string;
}

/** What a circuit breaker means at this moment. `now` is the server's clock, by which its instants are told. */
export function describeBreaker(breaker: Breaker, now: number): BreakerWords {
  switch (breaker.state) {
    case 'closed':
      return breaker.failures === 0 ? { level: 'ok', detail: 'answers' } : { level: 'warn', detail: counted(breaker.failures, 'failure') + because(breaker) };
    case 'open':
      return { level: 'bad', detail: `next try ${nextTry(breaker, now)}${because(breaker)}` };
    case 'half-open':
      return { level: 'warn', detail: 'being tried' };
    case 'isolated':
      return { level: 'bad', detail: 'by an operator, until it is reset' };
    default:
      return { level: 'unknown', detail: '' };
  }
}

const because = ({ lastFailure }: Breaker): string => lastFailure && `: ${lastFailure}`;

/** Counted in whole seconds that are left, so that the last one shown before the try is 1. */
function nextTry({ nextAttemptAt }: Breaker, now: number): string {
  const left = Math.ceil((nextAttemptAt - now) / 1000);
  return left > 0 ? `in ${duration(left * 1000)}` : 'at any moment';
}
