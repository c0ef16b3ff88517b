import { expect, test } from 'vitest';
import { backoffMs, spread } from './backoff';

test('doubles from half a second and is spread by a quarter', () => {
  expect(backoffMs(1, 0)).toBe(375);
  expect(backoffMs(1, 0.999)).toBeCloseTo(625, 0);
  expect(backoffMs(3, 0.5)).toBe(2000);
});

test('is never longer than 30 s, however many attempts failed', () => {
  expect(backoffMs(1000, 0.999)).toBe(30_000);
  expect(spread(1_000_000, 0.5)).toBe(30_000);
});
