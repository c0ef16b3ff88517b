import { describe, expect, test } from 'vitest';
import type { Breaker } from '../state/model';
import { describeBreaker } from './breaker';

const breaker = (changes: Partial<Breaker> = {}): Breaker => ({
  name: 'database', state: 'closed', failures: 0, lastFailure: '', openedAt: null, nextAttemptAt: null, ...changes,
});

describe('a circuit breaker in words', () => {
  test('closed and without failures it answers, whatever failed long ago', () => {
    expect(describeBreaker(breaker({ lastFailure: 'busy' }), 0)).toEqual({ level: 'ok', state: 'Circuit closed', detail: 'It answers.' });
  });

  test('failures in a row are told before it opens', () => {
    const words = describeBreaker(breaker({ failures: 3, lastFailure: 'connection refused' }), 0);

    expect(words).toMatchObject({ level: 'warn', detail: '3 failures in a row (connection refused).' });
  });

  test.each([
    [19_001, 'Next try in 41 s.'],
    [59_999, 'Next try in 1 s.'],
    [60_000, 'Next try any moment.'],
    [99_000, 'Next try any moment.'],
  ])('open it counts down to the next try: at %d', (now, sentence) => {
    const words = describeBreaker(breaker({ state: 'open', lastFailure: 'connection refused', openedAt: 0, nextAttemptAt: 60_000 }), now);

    expect(words.level).toBe('bad');
    expect(words.detail).toBe(`Nothing is asked of it (connection refused). Data waits in the spool. ${sentence}`);
  });

  test('a long break is told in minutes', () => {
    expect(describeBreaker(breaker({ state: 'open', nextAttemptAt: 125_000 }), 0).detail).toContain('Next try in 2 min 5 s.');
  });

  test('half-open it is being tried', () => {
    expect(describeBreaker(breaker({ state: 'half_open' }), 0)).toMatchObject({ level: 'warn', state: 'Circuit half-open' });
  });

  test('isolated says by whom and for how long', () => {
    const words = describeBreaker(breaker({ state: 'isolated', openedAt: 1000 }), 121_000);

    expect(words).toMatchObject({ level: 'bad', state: 'Circuit isolated' });
    expect(words.detail).toContain('By an operator, for 2 min.');
  });

  test('a state of a newer server is not taken for a good one', () => {
    expect(describeBreaker(breaker({ state: 'unknown' }), 0).level).toBe('unknown');
  });
});
