import { describe, expect, test } from 'vitest';
import type { Breaker } from '../state/model';
import { describeBreaker } from './breaker';

const breaker = (changes: Partial<Breaker> = {}): Breaker => ({ name: 'database', state: 'closed', failures: 0, lastFailure: '', nextAttemptAt: 0, ...changes });

describe('a circuit breaker in words', () => {
  test('closed and without failures it answers, whatever failed long ago', () => {
    expect(describeBreaker(breaker({ lastFailure: 'busy' }), 0)).toEqual({ level: 'ok', detail: 'answers' });
  });

  test('failures in a row are told before it opens', () => {
    expect(describeBreaker(breaker({ failures: 3, lastFailure: 'connection refused' }), 0)).toEqual({ level: 'warn', detail: '3 failures: connection refused' });
  });

  test.each([
    [19_001, 'next try in 41 s: connection refused'],
    [59_999, 'next try in 1 s: connection refused'],
    [60_000, 'next try at any moment: connection refused'],
    [99_000, 'next try at any moment: connection refused'],
  ])('open it counts down to the next try: at %d', (now, detail) => {
    expect(describeBreaker(breaker({ state: 'open', lastFailure: 'connection refused', nextAttemptAt: 60_000 }), now)).toEqual({ level: 'bad', detail });
  });

  test('a long break is told in minutes', () => {
    expect(describeBreaker(breaker({ state: 'open', nextAttemptAt: 125_000 }), 0).detail).toBe('next try in 2 min 5 s');
  });

  test('half-open it is being tried', () => {
    expect(describeBreaker(breaker({ state: 'half-open' }), 0)).toEqual({ level: 'warn', detail: 'being tried' });
  });

  test('isolated says by whom and until when', () => {
    expect(describeBreaker(breaker({ state: 'isolated' }), 0)).toEqual({ level: 'bad', detail: 'by an operator, until it is reset' });
  });

  test('a state of a newer server is not taken for a good one', () => {
    expect(describeBreaker(breaker({ state: 'paused' }), 0).level).toBe('unknown');
  });
});
