import { describe, expect, test } from 'vitest';
import { wireFlag, wireOwn } from '../../support/flags';
import { readFlag } from '../../wire/flags';
import { emptyFlagFilters } from './filters';
import { isChanged, nextBelow, passes, shadowOf } from './select';

const setting = (changes: object = {}) => readFlag(wireFlag(changes));
const overridden = setting({ value: 250, origin: 'environment', layers: [{ origin: 'environment', value: 250 }, { origin: 'runtime', value: 200 }, { origin: 'default', value: 100 }] });

describe('what is changed', () => {
  test('is what differs from the default, whichever layer says it', () => {
    expect(isChanged(setting())).toBe(false);
    expect(isChanged(overridden)).toBe(true);
    expect(isChanged(setting({ origin: 'environment', layers: [{ origin: 'environment', value: 100 }, { origin: 'default', value: 100 }] }))).toBe(false);
  });

  test('is every flag that somebody made', () => {
    expect(isChanged(readFlag(wireOwn()))).toBe(true);
  });
});

describe('a filter', () => {
  test('finds words in name, description and value, in any order', () => {
    expect(passes(setting(), { ...emptyFlagFilters, text: 'BULK batch' })).toBe(true);
    expect(passes(setting(), { ...emptyFlagFilters, text: '100' })).toBe(true);
    expect(passes(setting(), { ...emptyFlagFilters, text: 'batch nothing' })).toBe(false);
  });

  test('knows the layer that wins', () => {
    expect(passes(overridden, { ...emptyFlagFilters, origin: 'environment' })).toBe(true);
    expect(passes(overridden, { ...emptyFlagFilters, origin: 'runtime' })).toBe(false);
    expect(passes(setting(), { ...emptyFlagFilters, changed: 'yes' })).toBe(false);
  });
});

test('only layers above run time hide what is set', () => {
  expect(shadowOf(overridden)).toBe('environment');
  expect(shadowOf(setting({ origin: 'file', layers: [{ origin: 'file', value: 5 }] }))).toBeNull();
});

test('below the layer that wins is the next that says something', () => {
  expect(nextBelow(overridden)).toEqual({ origin: 'runtime', value: 200 });
  expect(nextBelow(setting())).toBeNull();
});
