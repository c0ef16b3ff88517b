import { describe, expect, test } from 'vitest';
import { rule, wholeOf, wireFlag, wireOwn } from '../../support/flags';
import { fieldText, isPlain, readContext, readField, readRuleText, ruleOutline } from './draft';

describe('a field', () => {
  test.each([
    ['int', ' 12 ', '12'],
    ['int', '9007199254740993', '9007199254740993'],
    ['float', '-0.25', '-0.25'],
    ['bool', 'true', 'true'],
    ['string', ' a "b"', '" a \\"b\\""'],
    ['string', '', '""'],
    ['json', '{"a": 1.50}', '{"a": 1.50}'],
  ] as const)('%s: %j is sent as it was written', (type, text, json) => {
    expect(readField(type, text)).toEqual({ json, fault: null });
  });

  test.each([
    ['int', '1.5'],
    ['int', '007'],
    ['int', ''],
    ['float', '1,5'],
    ['float', 'NaN'],
    ['json', '{a: 1}'],
  ] as const)('%s: %j is not sent', (type, text) => {
    const { json, fault } = readField(type, text);

    expect(json).toBeNull();
    expect(fault).not.toBe('');
  });

  test('shows texts without quotes and numbers as they were sent', () => {
    expect(fieldText('string', '"a\\nb"')).toBe('a\nb');
    expect(fieldText('int', '9007199254740993')).toBe('9007199254740993');
    expect(fieldText('json', '{"a":[1.0]}')).toBe('{\n  "a": [\n    1.0\n  ]\n}');
  });
});

test('a rule is an object, and an outline of one can be sent', () => {
  expect(readRuleText('[]').fault).toBe('A JSON object is wanted.');
  for (const wire of [wireFlag(), wireFlag({ type: 'bool', value: true }), wireOwn()]) expect(readRuleText(ruleOutline(wholeOf(wire))).fault).toBeNull();
});

test('a rule is plain that has one answer for everybody', () => {
  expect(isPlain(wholeOf(wireFlag()).flag)).toBe(true);
  expect(isPlain(wholeOf(wireOwn()).flag)).toBe(true);
  expect(isPlain(wholeOf(wireOwn({ rule: rule({ overrides: { on: ['user-1'] } }) })).flag)).toBe(false);
});

test('a context is what is known and who it is', () => {
  expect(readContext('user-1', '{"plan": "pro"}').json).toBe('{"plan":"pro","targetingKey":"user-1"}');
  expect(readContext('', '').json).toBe('{}');
  expect(readContext('user-1', '[1]').fault).toContain('An object is wanted');
});
