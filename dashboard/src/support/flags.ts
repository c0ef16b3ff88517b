import { memberText, pretty } from '../format/json';
import type { WholeFlag } from '../api/flags';
import { readFlag } from '../wire/flags';

/** A setting as the server tells it. */
export const wireFlag = (changes: object = {}): object => ({
  name: 'MONITORING_BATCH_SIZE',
  type: 'int',
  description: 'Rows of one bulk write.',
  apply: 'immediate',
  for_clients: false,
  environment_name: 'MONITORING_BATCH_SIZE',
  value: 100,
  origin: 'default',
  layers: [{ origin: 'default', value: 100 }],
  version: 0,
  ...changes,
});

export const rule = (changes: object = {}): object => ({
  type: 'bool',
  variants: { on: true, off: false },
  default: 'off',
  off: 'off',
  enabled: true,
  overrides: {},
  targeting: [],
  split: [],
  ...changes,
});

/** A flag that somebody made. */
export const wireOwn = (changes: object = {}): object => ({
  name: 'chart.fast',
  type: 'bool',
  description: '',
  apply: 'session',
  for_clients: true,
  value: false,
  origin: 'runtime',
  layers: [{ origin: 'runtime', value: false }],
  version: 3,
  updated_at: '2026-05-01T12:00:00Z',
  updated_by: 'ann',
  rule: rule(),
  ...changes,
});

export const wholeOf = (wire: object): WholeFlag => {
  const body = JSON.stringify(wire);
  const ruleText = memberText(body, 'rule');
  return { flag: readFlag(wire), value: memberText(body, 'value'), rule: ruleText === '' ? '' : pretty(ruleText) };
};
