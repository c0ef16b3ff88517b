import { expect, test } from 'vitest';
import { contextUsage, usageOf } from './usage';

test.each([
  [79, 'ok'],
  [80, 'warn'],
  [90, 'bad'],
  [95, 'bad'],
])('%d of a hundred places are %s', (taken, level) => expect(usageOf(taken, 100).level).toBe(level));

test('no places at all are no reason to worry', () => expect(usageOf(0, 0).level).toBe('ok'));

test.each([
  [799, 'ok', ''],
  [800, 'warn', 'elevated'],
  [900, 'bad', 'near its limit'],
  [950, 'bad', 'critically full: begin a new conversation'],
])('%d of a thousand tokens are %s', (used, level, words) => expect(contextUsage(used, 1000)).toEqual({ level, words }));
