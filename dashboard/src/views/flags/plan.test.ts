import { expect, test } from 'vitest';
import { rule, wholeOf, wireFlag, wireOwn } from '../../support/flags';
import { readPlan, usualPlan, usualVariant, variantsOf } from './plan';

test('what stands in the fields at first is what the server does without being told', () => {
  expect(readPlan(usualPlan('on'))).toEqual({ variant: 'on', steps: [1, 5, 25, 50, 100], soakSeconds: 600, errorRate: 0.05 });
});

test.each([
  ['steps that do not grow', { steps: '5, 5' }],
  ['steps beyond everybody', { steps: '50, 101' }],
  ['steps that are none', { steps: ' ' }],
  ['steps that are no numbers', { steps: '1, many' }],
  ['a step that lasts for no number', { soak: '' }],
  ['a step that lasts for less than nothing', { soak: '-1' }],
  ['errors beyond all', { errors: '101' }],
])('%s are refused before anything is sent', (_, wrong) => expect(readPlan({ ...usualPlan('on'), ...wrong })).toBeTypeOf('string'));

test('blanks and percent signs are read over', () => expect(readPlan({ ...usualPlan('on'), steps: '1 %  2.5%; 100' })).toMatchObject({ steps: [1, 2.5, 100] }));

test('what everybody has already is not what is rolled out', () => {
  expect(usualVariant(wholeOf(wireOwn()).flag)).toBe('on');
  expect(usualVariant(wholeOf(wireOwn({ rule: rule({ default: 'on' }) })).flag)).toBe('off');
  expect(usualVariant(wholeOf(wireOwn({ rule: null, value: true })).flag)).toBe('off');
});

test('a number that is the same for everybody has nothing to roll out', () => expect(variantsOf(wholeOf(wireFlag()).flag)).toEqual([]));
