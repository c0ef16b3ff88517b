import { describe, expect, test } from 'vitest';
import { readOperation } from '../../wire/operations';
import { readAlerts, readRetry } from '../../wire/retries';
import type { RetryStatus } from '../../wire/retries';
import { alike, allowed, operationTitle, operationWords, promiseWords, whenWords } from './words';

const retry = (status: RetryStatus, more: object = {}) => readRetry({ status, ...more });

describe('what is offered', () => {
  test.each<[RetryStatus, string]>([
    ['pending', 'cancel deadLetter edit'],
    ['processing', 'cancel deadLetter'],
    ['completed', ''],
    ['dead_letter', 'requeue cancel edit'],
    ['failed', 'requeue edit'],
    ['cancelled', 'requeue edit'],
  ])('for one that is %s: %s', (status, words) => {
    const may = Object.entries(allowed(retry(status)));

    expect(may.filter(([, is]) => is).map(([name]) => name).join(' ')).toBe(words);
  });
});

test('when: what waits says when it is due, the rest when it changed', () => {
  const [now, later] = [Date.parse('2026-03-29T03:00:00Z'), '2026-03-29T03:00:30Z'];

  expect(whenWords(retry('pending', { run_after: later }), now)).toBe('in 30 s');
  expect(whenWords(retry('pending', { run_after: '2026-03-29T02:59:00Z' }), now)).toBe('due');
  expect(whenWords(retry('failed', { updated_at: '2026-03-29T02:59:00Z' }), now)).toBe('1 min ago');
});

test('alerts that say the same stand once, with how many there are', () => {
  const alerts = readAlerts([
    { alert_reason: 'dead', detail: 'a', id: '1' },
    { alert_reason: 'dead', detail: 'b', id: '2' },
    { alert_reason: 'dead', detail: 'a', id: '3' },
  ]);

  expect(alike(alerts).map(({ first, times }) => [first.id, times])).toEqual([
    ['1', 2],
    ['2', 1],
  ]);
});

describe('an operation over many', () => {
  test('says what it does and how far it is', () => {
    const operation = readOperation({ kind: 'replay', over: 'retries', state: 'running', matched: 1500, taken: 11, succeeded: 9, failed: 2, canary: true, step: 1 });

    expect(operationTitle(operation)).toBe('Replay 1,500 retries');
    expect(operationWords(operation)).toBe('11 of 1,500 taken, 9 done, 2 failed again, step 2.');
  });

  test('says why it stands still', () => {
    const operation = readOperation({ kind: 'replay', over: 'dead_letters', state: 'stopped', matched: 1, taken: 1, failed: 1, because: 'Most of the step failed.' });

    expect(operationTitle(operation)).toBe('Replay 1 dead letter');
    expect(operationWords(operation)).toBe('1 of 1 taken, 1 failed again. Most of the step failed.');
  });

  test('is counted first', () => {
    expect(operationWords(readOperation({ kind: 'replay', state: 'running' }))).toBe('The items are being counted.');
  });
});

test('what is agreed to is a sentence, for one and for many', () => {
  expect(promiseWords('replay', 1)).toBe('1 retry that is dead-lettered or failed goes back into the queue with all attempts again.');
  expect(promiseWords('cancel', 2)).toBe('2 retries that wait are given up: never executed again.');
});
