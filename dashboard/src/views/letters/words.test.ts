import { describe, expect, test } from 'vitest';
import { letter } from '../../support/letters';
import { readPurgeCount } from '../../wire/deadLetters';
import { allowed, bulkWords, payloadFault, placeWords, purgeCountWords, purgedWords, replayWords, spanWords } from './words';

const bulk = (counts: object) => ({ matched: 0, recovered: 0, refused: 0, failed: 0, discarded: 0, skipped: 0, ...counts });
const answer = (outcome: 'recovered' | 'refused' | 'failed', refusal = '') => replayWords({ outcome, refusal, now: { letter: letter({ id: 7 }), payload: '' } });

describe('a replay', () => {
  test('that stored the row is good news', () => {
    expect(answer('recovered')).toEqual({ level: 'ok', text: 'Dead letter 7 is stored.' });
  });

  test('that was refused says why and what comes next', () => {
    expect(answer('refused', 'Too long.').text).toBe('Dead letter 7 was refused again: Too long. It waits for its next attempt.');
    expect(answer('failed', 'Too long.').text).toContain('last attempt');
  });
});

describe('a replay of many', () => {
  test.each([
    [{ matched: 2, recovered: 2 }, 'ok', '2 letters of 2 stored.'],
    [{ matched: 3, recovered: 1, refused: 1, failed: 1 }, 'warn', '1 letter of 3 stored, 2 refused again, 1 of them for the last time.'],
    [{ matched: 1, skipped: 1 }, 'bad', '0 letters of 1 stored, 1 left alone, because somebody else was at them.'],
  ] as const)('%o', (counts, level, text) => expect(bulkWords('replay', bulk(counts))).toEqual({ level, text }));
});

describe('a purge', () => {
  const words = (matched: number, byStatus: object, rowsOwed = 0): string =>
    purgeCountWords(readPurgeCount({ before: '2026-10-23T11:20:30Z', matched, by_status: byStatus, rows_owed: rowsOwed }));

  test('says how many letters it would take, and which', () => {
    expect(words(0, {})).toBe('No letter is meant, refused before 2026-10-23 11:20 UTC.');
    expect(words(1200, { recovered: 1199, discarded: 1 })).toBe('1,200 letters, refused before 2026-10-23 11:20 UTC: 1,199 recovered, 1 discarded.');
    expect(words(2, { failed: 2 }, 2)).toContain('2 failed. 2 rows of them were never stored and will count as discarded.');
  });

  test('says what it took', () => {
    expect(purgedWords({ letters: 2, rowsDiscarded: 0 })).toEqual({ level: 'ok', text: '2 letters deleted for good.' });
    expect(purgedWords({ letters: 2, rowsDiscarded: 2 }).text).toContain('2 rows that were never stored now count as discarded.');
    expect(purgedWords({ letters: 0, rowsDiscarded: 0 }).level).toBe('warn');
  });
});

test('many are discarded', () => {
  expect(bulkWords('discard', bulk({ matched: 4, discarded: 4 }))).toEqual({ level: 'ok', text: '4 letters of 4 discarded.' });
});

describe('what may be done', () => {
  test.each([
    ['pending', null, 1, true, true],
    ['failed', null, 1, true, true],
    ['recovered', null, 1, false, false],
    ['discarded', null, 1, false, false],
    ['retrying', 2000, 1, false, false],
    ['retrying', 500, 1, true, true],
    ['pending', null, 3, true, false],
  ] as const)('%s, leased until %s, %d rows', (status, leaseUntil, rowCount, act, edit) => {
    expect(allowed(letter({ status, leaseUntil, rowCount }), 1000)).toEqual({ act, edit });
  });
});

test('where a row hurt is said as far as the store told', () => {
  expect(placeWords({ reason: '', constraint: 'events_size', column: '', sqlstate: '23514' })).toBe('constraint events_size · code 23514');
  expect(placeWords({ reason: '', constraint: '', column: '', sqlstate: '' })).toBe('');
});

test('a group spans from its oldest letter to its newest', () => {
  const group = { reason: '', constraint: '', column: '', sqlstate: '', fingerprint: '', count: 2, exampleId: 1 };

  expect(spanWords({ ...group, firstAt: 0, lastAt: 50_000 }, 60_000)).toBe('1 min ago to 10 s ago');
  expect(spanWords({ ...group, firstAt: 0, lastAt: 0 }, 60_000)).toBe('1 min ago');
});

describe('a payload', () => {
  test('is a JSON object', () => {
    expect(payloadFault('{"a":1}')).toBeNull();
    for (const text of ['[]', '1', 'null', '"x"']) expect(payloadFault(text)).toBe('A JSON object is wanted.');
  });

  test('that is no JSON is told with the place', () => {
    expect(payloadFault('{"a":}')).toMatch(/^This is not JSON: /);
  });
});
