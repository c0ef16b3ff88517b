import { expect, test } from 'vitest';
import { diffLines, folded } from './diff';

const signs = { same: ' ', removed: '-', added: '+' } as const;
const lines = (...all: readonly (string | number)[]): string => all.join('\n');
const shown = (before: string, after: string): string[] => diffLines(before, after).map(({ kind, text }) => signs[kind] + text);

test('what did not change is the same', () => {
  expect(shown(lines('a', 'b'), lines('a', 'b'))).toEqual([' a', ' b']);
});

test('a changed line is taken out and put in', () => {
  expect(shown(lines('a', 'b', 'c'), lines('a', 'x', 'c'))).toEqual([' a', '-b', '+x', ' c']);
});

test('lines between changes are found again', () => {
  expect(shown(lines('a', 'b', 'c', 'd'), lines('b', 'c', 'x'))).toEqual(['-a', ' b', ' c', '-d', '+x']);
});

test('lines are put in at the beginning and at the end', () => {
  expect(shown('b', lines('a', 'b', 'c'))).toEqual(['+a', ' b', '+c']);
});

test('repeated lines are not counted twice', () => {
  expect(shown(lines('a', 'a'), lines('a', 'a', 'a'))).toEqual([' a', ' a', '+a']);
});

test('both texts can be had back from a diff, also from one too large to compare', () => {
  const before = lines(...Array.from({ length: 1500 }, (_, at) => at));
  const after = lines(...Array.from({ length: 1500 }, (_, at) => at * 7));
  const diff = diffLines(before, after);

  expect(diff.filter(({ kind }) => kind !== 'added').map(({ text }) => text).join('\n')).toBe(before);
  expect(diff.filter(({ kind }) => kind !== 'removed').map(({ text }) => text).join('\n')).toBe(after);
});

test('what is far from a change is left out and counted', () => {
  const before = lines(...Array.from({ length: 20 }, (_, at) => at));
  const diff = folded(diffLines(before, before.replace('\n10\n', '\nten\n')), 1);

  expect(diff.map((line) => (line.kind === 'skipped' ? line.lines : signs[line.kind] + line.text))).toEqual([9, ' 9', '-10', '+ten', ' 11', 8]);
});
