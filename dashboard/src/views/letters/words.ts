import type { BulkAction, ReplayAnswer } from '../../api/deadLetters';
import { count, counted } from '../../format/numbers';
import { relative } from '../../format/time';
import { letterStatuses } from '../../wire/deadLetters';
import type { Said } from '../../work/said';
import type { BulkResult, Letter, LetterGroup, PurgeCount, Purged, Refusal } from '../../wire/deadLetters';

export function replayWords({ outcome, refusal, now: { letter } }: ReplayAnswer): Said {
  if (outcome === 'recovered') return { level: 'ok', text: `Dead letter ${letter.id} is stored.` };
  const rest = outcome === 'failed' ? 'That was its last attempt; it waits for a person.' : 'It waits for its next attempt.';
  return { level: 'bad', text: `Dead letter ${letter.id} was refused again: ${refusal || letter.reason} ${rest}` };
}

export function bulkWords(action: BulkAction, { matched, recovered, refused, failed, discarded, skipped }: BulkResult): Said {
  const parts = [
    action === 'replay' ? `${counted(recovered, 'letter')} of ${matched} stored` : `${counted(discarded, 'letter')} of ${matched} discarded`,
    refused + failed > 0 ? `${refused + failed} refused again` : '',
    failed > 0 ? `${failed} of them for the last time` : '',
    skipped > 0 ? `${skipped} left alone, because somebody else was at them` : '',
  ];
  const good = action === 'replay' ? recovered : discarded;
  return { level: good === matched ? 'ok' : good > 0 ? 'warn' : 'bad', text: `${parts.filter((part) => part !== '').join(', ')}.` };
}

/** How many letters a purge would take, and which. */
export function purgeCountWords({ matched, before, byStatus, rowsOwed }: PurgeCount): string {
  const since = before === null ? '' : `, refused before ${new Date(before).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (matched === 0) return `No letter is meant${since}.`;
  const states = letterStatuses.filter((status) => byStatus[status] > 0).map((status) => `${count(byStatus[status])} ${status}`);
  const owed = rowsOwed === 0 ? '' : ` ${counted(rowsOwed, 'row')} of them ${rowsOwed === 1 ? 'was' : 'were'} never stored and will count as discarded.`;
  return `${counted(matched, 'letter')}${since}: ${states.join(', ')}.${owed}`;
}

export function purgedWords({ letters, rowsDiscarded }: Purged): Said {
  const owed = rowsDiscarded === 0 ? '' : ` ${counted(rowsDiscarded, 'row')} that ${rowsDiscarded === 1 ? 'was' : 'were'} never stored now ${rowsDiscarded === 1 ? 'counts' : 'count'} as discarded.`;
  return letters === 0 ? { level: 'warn', text: 'Nothing was left to delete.' } : { level: 'ok', text: `${counted(letters, 'letter')} deleted for good.${owed}` };
}

/** `constraint events_size`, `code 23514`; empty when the store told neither. */
export function placeWords({ constraint, column, sqlstate }: Refusal): string {
  return [constraint === '' ? '' : `constraint ${constraint}`, column === '' ? '' : `column ${column}`, sqlstate === '' ? '' : `code ${sqlstate}`].filter((part) => part !== '').join(' · ');
}

/** From the oldest to the newest of a group. */
export function spanWords({ firstAt, lastAt }: LetterGroup, now: number): string {
  const [first, last] = [agoWords(firstAt, now), agoWords(lastAt, now)];
  return first === last ? last : `${first} to ${last}`;
}

export const agoWords = (instant: number | null, now: number): string => (instant === null ? '' : relative(Math.min(instant, now), now));

/** Nothing will happen to it any more. */
export const isDoneWith = ({ status }: Letter): boolean => status === 'recovered' || status === 'discarded';

/** What someone may do; the server refuses the rest, so that it is not offered. */
export function allowed(letter: Letter, now: number): { readonly act: boolean; readonly edit: boolean } {
  const leased = letter.status === 'retrying' && letter.leaseUntil !== null && letter.leaseUntil > now;
  const act = !isDoneWith(letter) && !leased;
  return { act, edit: act && letter.rowCount === 1 };
}

/** What is wrong with a payload before it is sent; null when nothing is. */
export function payloadFault(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? null : 'A JSON object is wanted.';
  } catch (fault) {
    return `This is not JSON: ${fault instanceof Error ? fault.message : String(fault)}`;
  }
}
