import { count, counted } from '../../format/numbers';
import { relative } from '../../format/time';
import { isOver } from '../../wire/operations';
import type { Operation, OperationKind } from '../../wire/operations';
import type { Retry, RetryAlert, RetryGroup, RetryStatus } from '../../wire/retries';

/** `dead letter`, as people say it. */
export const statusWords = (status: RetryStatus): string => status.replace('_', ' ');

/** What someone may do with a retry; the server refuses the rest, so that it is not offered. */
export function allowed({ status }: Retry): { readonly requeue: boolean; readonly cancel: boolean; readonly deadLetter: boolean; readonly edit: boolean } {
  return {
    requeue: status === 'dead_letter' || status === 'failed' || status === 'cancelled',
    cancel: status === 'pending' || status === 'processing' || status === 'dead_letter',
    deadLetter: status === 'pending' || status === 'processing',
    edit: status !== 'processing' && status !== 'completed',
  };
}

/** When something happens next, or happened last. */
export function whenWords(retry: Retry, now: number): string {
  if (retry.status === 'pending' && retry.runAfter !== null) return retry.runAfter <= now ? 'due' : relative(retry.runAfter, now);
  return retry.updatedAt === null ? '' : relative(Math.min(retry.updatedAt, now), now);
}

/** Alerts that say the same as one, in the order in which they first come. */
export function alike(alerts: readonly RetryAlert[]): readonly { readonly first: RetryAlert; readonly times: number }[] {
  const byWords = new Map<string, { first: RetryAlert; times: number }>();
  for (const alert of alerts) {
    const words = `${alert.reason}\n${alert.detail}`;
    const same = byWords.get(words);
    if (same === undefined) byWords.set(words, { first: alert, times: 1 });
    else same.times++;
  }
  return [...byWords.values()];
}

/** From the oldest to the newest of a group. */
export function spanWords({ firstAt, lastAt }: RetryGroup, now: number): string {
  const [first, last] = [firstAt, lastAt].map((at) => (at === null ? '' : relative(Math.min(at, now), now)));
  return first === last ? (last ?? '') : `${first} to ${last}`;
}

/** What is wrong with a payload before it is sent; null when nothing is. */
export function payloadFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    return 'This is not JSON yet.';
  }
}

const doing: Readonly<Record<OperationKind, string>> = { replay: 'Replay', discard: 'Discard', cancel: 'Cancel' };

export function operationTitle({ kind, over, matched }: Operation): string {
  const what = over === 'retries' ? 'retry' : 'dead letter';
  const many = over === 'retries' ? 'retries' : 'dead letters';
  return matched === null ? `${doing[kind]} ${many}` : `${doing[kind]} ${count(matched)} ${matched === 1 ? what : many}`;
}

/** How far an operation is, and what came of it. */
export function operationWords(operation: Operation): string {
  const { state, matched, taken, succeeded, failed, skipped, because, canary, step } = operation;
  if (matched === null && !isOver(operation)) return 'The items are being counted.';
  const parts = [
    `${count(taken)} of ${count(matched ?? 0)} taken`,
    succeeded > 0 ? `${count(succeeded)} done` : '',
    failed > 0 ? `${count(failed)} failed again` : '',
    skipped > 0 ? `${count(skipped)} left alone` : '',
    canary && state === 'running' ? `step ${step + 1}` : '',
  ];
  return `${parts.filter((part) => part !== '').join(', ')}.${because === '' ? '' : ` ${because}`}`;
}

/** What an operation will do to so many, in a sentence that somebody agrees to. */
export function promiseWords(kind: OperationKind, matched: number): string {
  const items = counted(matched, 'retry', 'retries');
  if (kind === 'replay') return `${items} that ${matched === 1 ? 'is' : 'are'} dead-lettered or failed ${matched === 1 ? 'goes' : 'go'} back into the queue with all attempts again.`;
  return kind === 'cancel'
    ? `${items} that ${matched === 1 ? 'waits' : 'wait'} ${matched === 1 ? 'is' : 'are'} given up: never executed again.`
    : `${items} that ${matched === 1 ? 'is' : 'are'} dead-lettered ${matched === 1 ? 'is' : 'are'} given up: never executed again.`;
}
