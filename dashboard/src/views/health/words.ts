import { bytes, count, percent, short } from '../../format/numbers';
import { duration } from '../../format/time';
import type { Level } from '../../health/assess';
import type { Budget, CheckState, HealthNote, Rule } from '../../wire/health';

export const stateWords: Readonly<Record<CheckState, string>> = { pass: 'passes', warn: 'warns', fail: 'fails', unknown: 'not judged' };

export const kindWords: Readonly<Record<HealthNote['kind'], string>> = { transition: 'Changes of a check', recovery: 'Recoveries', incident_opened: 'Beginnings of incidents', incident_closed: 'Ends of incidents' };

const levels: Readonly<Record<CheckState, Level>> = { pass: 'ok', warn: 'warn', fail: 'bad', unknown: 'unknown' };

export const levelOf = (state: CheckState): Level => levels[state];

/** `round_trip_ms` as people read it: the end of a name is its unit. */
export function valueWords([name, value]: readonly [string, number]): string {
  const said = (without: RegExp): string => name.replace(without, '').replaceAll('_', ' ');
  if (/_ms$/.test(name)) return `${said(/_ms$/)} ${short(value)} ms`;
  if (/_s$/.test(name)) return `${said(/_s$/)} ${duration(value * 1000)}`;
  if (/_percent$/.test(name)) return `${said(/_percent$/)} ${short(value)} %`;
  if (/(^|_)bytes(_|$)/.test(name)) return `${said(/_?bytes(?=_|$)/).trim() || 'holds'} ${bytes(value)}`;
  return `${said(/^$/)} ${Number.isInteger(value) ? count(value) : value.toPrecision(3)}`;
}

/** What happened, in a sentence. */
export function noteWords({ kind, check, from, to, detail, rule, actions, outcome }: HealthNote): string {
  const told = detail === '' ? '' : ` ${detail}`;
  if (kind === 'recovery') return `${rule}: ${actions.join(', ')}: ${outcome.replaceAll('_', ' ')}.${told}`;
  if (kind === 'transition') return `${check}: ${from} → ${to}.${told}`;
  return kind === 'incident_opened' ? `An incident began with ${check}.` : 'The incident ended.';
}

/** How a promise stands; of uptime the budget is time, of errors it is requests. */
export function budgetWords({ window, target, value, left }: Budget, of: 'uptime' | 'errors'): string {
  const share = value === null ? 'nothing was measured' : fine(value);
  const rest = of === 'uptime' ? duration(Math.max(0, left) * 1000) : count(Math.max(0, Math.floor(left)));
  return `${window}: ${share}, ${of === 'uptime' ? 'at least' : 'at most'} ${fine(target)}; ${isUsedUp({ window, target, value, left }, of) ? 'the budget is used up' : `${rest} left`}`;
}

/** Below what is promised, as far as it was measured: of a short time a moment is much. */
const isBelow = ({ value, target }: Budget, of: 'uptime' | 'errors'): boolean => value !== null && (of === 'uptime' ? value < target : value > target);

/** The promise cannot be kept any more in this window. */
const isUsedUp = (budget: Budget, of: 'uptime' | 'errors'): boolean => isBelow(budget, of) && budget.left <= 0;

export const levelOfBudget = (budget: Budget, of: 'uptime' | 'errors'): 'ok' | 'warn' | 'bad' => (isUsedUp(budget, of) ? 'bad' : isBelow(budget, of) ? 'warn' : 'ok');

/** Shares near 1 and near 0 differ in their third digit. */
const fine = (share: number): string => (share === 0 || share === 1 ? percent(share) : `${Number((share * 100).toFixed(3))} %`);

export const ruleWords = ({ check, state, forSeconds, actions, perHour }: Rule): string =>
  `When ${check} ${stateWords[state]}${forSeconds === 0 ? '' : ` for ${duration(forSeconds * 1000)}`}: ${actions.join(', ').replaceAll('_', ' ')}; at most ${count(perHour)} times an hour.`;
