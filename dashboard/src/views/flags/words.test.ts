import { describe, expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import { rule, wireFlag, wireOwn } from '../../support/flags';
import { readFlag } from '../../wire/flags';
import { documentWords, guardWords, refusedWords, replacedWords, rolloutWords, soakWords, unsettable, valueWords } from './words';

const beganAt = Date.UTC(2026, 4, 1);
const wireRollout = (changes: object = {}): object => ({
  variant: 'on',
  steps: [1, 5, 25],
  step: 1,
  status: 'running',
  percent: 5,
  soak_seconds: 600,
  step_began_at: new Date(beganAt).toISOString(),
  guards: { error_rate: 0.05, error_seconds: 300, latency_factor: 2, latency_seconds: 600, samples_min: 100 },
  because: 'Begun by ann.',
  ...changes,
});
const rolling = (changes: object = {}) => readFlag(wireOwn({ rule: rule({ split: [{ variant: 'on', percent: 5 }] }), rollout: wireRollout(changes), rollout_waits: 'It waits for samples: 3 of 100.' }));

describe('a rollout', () => {
  test('tells its step, and how long that still soaks', () => {
    const rollout = rolling().rollout!;

    expect(rolloutWords(rollout)).toBe('The rollout of on is under way: 5 % get it.');
    expect(soakWords(rollout, beganAt + 60_000)).toBe('This step soaks for another 9 min, of 10 min.');
  });

  test('tells what it waits for when its step has lasted long enough', () => {
    expect(soakWords(rolling().rollout!, beganAt + 601_000)).toBe('This step has lasted its 10 min. It waits for samples: 3 of 100.');
  });

  test('soaks anew after a pause', () => {
    expect(soakWords(rolling({ status: 'paused' }).rollout!, beganAt)).toContain('begins anew');
  });

  test('has guards with numbers', () => {
    expect(guardWords(rolling({ baseline_ms: 12.34 }).rollout!).map(([, words]) => words)).toEqual([
      'at most 5 % of requests, over 5 min',
      "95 % within 2 times the others', over 10 min (theirs: 12.3 ms)",
      'at least 100 requests a step',
    ]);
  });

  test('ends when a value is set, and its rule is lost', () => {
    expect(replacedWords(rolling(), 'value')).toBe('This replaces the rule (on for 5 %, off else). The rollout ends.');
    expect(replacedWords(readFlag(wireFlag()), 'value')).toBe('');
  });
});

describe('a flag that cannot be set here says why', () => {
  test.each([
    [{ secret: true }, 'It is a secret'],
    [{ apply: 'start' }, 'It is read once, at the start'],
    [{ origin: 'environment', layers: [{ origin: 'environment', value: 1 }] }, 'The environment variable MONITORING_BATCH_SIZE says what it is and wins'],
    [{ origin: 'override', layers: [{ origin: 'override', value: 1 }] }, 'Flags.override.json'.toLowerCase()],
  ])('%j', (changes, words) => {
    expect(unsettable(readFlag(wireFlag(changes)))?.toLowerCase()).toContain(words.toLowerCase());
  });

  test('and one that can says nothing', () => {
    expect(unsettable(readFlag(wireFlag()))).toBeNull();
  });
});

test('a refusal that names the layer is explained, any other is told as it came', () => {
  const flag = readFlag(wireFlag());

  expect(refusedWords(new ApiFault(409, 'It would have no effect.', 'so', [], null, { origin: 'environment' }), flag)).toContain('The environment variable MONITORING_BATCH_SIZE');
  expect(refusedWords(new ApiFault(409, 'It cannot be done.', 'must not both be off'), flag)).toBe('must not both be off');
});

test('what was set is told on a line', () => {
  expect(documentWords(null)).toBe('not set');
  expect(documentWords({ value: 250 })).toBe('250');
  expect(documentWords({ rule: rule({ enabled: false, targeting: [{}], overrides: { on: ['a', 'b'] } }) })).toBe('killed; off for everybody; 1 condition; 2 keys by name');
  expect(valueWords('')).toBe('(empty)');
});
