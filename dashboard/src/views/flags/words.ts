import type { ApiFault } from '../../api/request';
import { counted, percent } from '../../format/numbers';
import { duration } from '../../format/time';
import { origins, readRule } from '../../wire/flags';
import type { Flag, Origin, Rollout, Rule } from '../../wire/flags';
import { isRecord } from '../../wire/read';
import { shadowOf } from './select';

export const originTitles: Readonly<Record<Origin, string>> = {
  override: 'override file',
  environment: 'environment',
  runtime: 'run time',
  file: 'holdfast.json',
  default: 'default',
};

/** Where a layer is to be found. */
export function placeWords(origin: Origin, { environmentName }: Flag): string {
  if (origin === 'override') return 'flags.override.json in the data directory';
  if (origin === 'environment') return `environment variable ${environmentName}`;
  if (origin === 'runtime') return 'set at run time, for all nodes';
  return origin === 'file' ? 'configuration file' : 'what the product comes with';
}

/** Why setting it would have no effect, and what to do instead. */
export function shadowWords(origin: Origin, flag: Flag): string {
  const where = origin === 'override' ? 'flags.override.json in the data directory of the node' : `the environment variable ${flag.environmentName}`;
  return `${capital(where)} says what it is and wins over what is set here. Change it there${origin === 'override' ? ', which works within a second' : ' and restart'}; or take it away there, and set it here.`;
}

/** Why it cannot be set on this page; null when it can. */
export function unsettable(flag: Flag): string | null {
  if (flag.isSecret) return `It is a secret: set ${flag.environmentName} in the environment. What is set here is stored, and shown in the history.`;
  const shadow = shadowOf(flag);
  if (shadow !== null) return shadowWords(shadow, flag);
  return flag.apply === 'start' ? `It is read once, at the start: set ${flag.environmentName} in the environment or ${flag.name} in holdfast.json, and restart.` : null;
}

export const applyWords: Readonly<Record<Flag['apply'], string>> = {
  immediate: 'at once, on every node',
  session: 'for sessions that begin after it',
  start: 'at the next start',
};

/** A value on one line. */
export function valueWords(value: unknown): string {
  if (value === undefined) return '';
  return value === '' ? '(empty)' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** `on for 25 %, off else; 2 conditions; 3 keys by name`. */
export function ruleWords({ enabled, fallback, shares, targeting, overrides }: Rule): string {
  const share = shares.map(({ variant, percent: of }) => `${variant} for ${of} %`);
  const parts = [
    share.length === 0 ? `${fallback} for everybody` : `${share.join(', ')}, ${fallback} else`,
    targeting === 0 ? '' : counted(targeting, 'condition'),
    overrides === 0 ? '' : `${counted(overrides, 'key')} by name`,
  ].filter((part) => part !== '');
  return `${enabled ? '' : 'killed; '}${parts.join('; ')}`;
}

/** What was set, of the history. */
export function documentWords(document: unknown): string {
  if (!isRecord(document)) return 'not set';
  return isRecord(document.rule) ? ruleWords(readRule(document.rule)) : valueWords(document.value);
}

const stands: Readonly<Record<Rollout['status'], string>> = { running: 'is under way', paused: 'is paused', completed: 'is complete', rolled_back: 'was rolled back' };

export function rolloutWords({ variant, percent: share, status }: Rollout): string {
  return `The rollout of ${variant} ${stands[status]}: ${share} % get it.`;
}

/** How long the step lasts on; what holds it up beyond that the server says. */
export function soakWords({ status, soakSeconds, stepBeganAt, waits }: Rollout, now: number): string {
  if (status === 'paused') return `Its step of ${duration(soakSeconds * 1000)} begins anew when it goes on. Its guards watch all the same.`;
  if (status !== 'running') return '';
  const left = stepBeganAt + soakSeconds * 1000 - now;
  return left > 0 ? `This step soaks for another ${duration(left)}, of ${duration(soakSeconds * 1000)}.` : `This step has lasted its ${duration(soakSeconds * 1000)}. ${waits}`.trim();
}

/** Name and limit of each guard. */
export function guardWords({ guards, baselineMs }: Rollout): readonly (readonly [string, string])[] {
  return [
    ['errors', `at most ${percent(guards.errorRate)} of requests, over ${duration(guards.errorSeconds * 1000)}`],
    ['latency', `95 % within ${guards.latencyFactor} times the others', over ${duration(guards.latencySeconds * 1000)}${baselineMs === null ? '' : ` (theirs: ${Math.round(baselineMs * 10) / 10} ms)`}`],
    ['samples', guards.samplesMin === 0 ? 'none needed: it goes by time' : `at least ${counted(guards.samplesMin, 'request')} a step`],
  ];
}

/** What setting a value takes away besides the value; empty when nothing. */
export function replacedWords({ rule, rollout }: Flag, kind: 'value' | 'rule'): string {
  const lost = [
    kind === 'value' && rule !== null && rule.shares.length + rule.targeting + rule.overrides > 0 ? `This replaces the rule (${ruleWords(rule)}).` : '',
    rollout !== null && (rollout.status === 'running' || rollout.status === 'paused') ? 'The rollout ends.' : '',
    kind === 'value' && rule?.enabled === false ? 'It is killed no longer.' : '',
  ];
  return lost.filter((sentence) => sentence !== '').join(' ');
}

/** Why it was refused, in the person's terms. */
export function refusedWords(fault: ApiFault, flag: Flag): string {
  const origin = origins.find((one) => one === fault.more.origin);
  return origin === undefined ? fault.detail : shadowWords(origin, flag);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
