import { describe, expect, test } from 'vitest';
import { after, epoch, ledgerLine } from '../support/samples';
import { assess, lastSeen } from './assess';

const put = (key: string, value: object) => ['d', 'overview', 'c', [{ op: 'put', key, value }]];
const ledger = (events: object, more: object = {}) => put('ledger', { events: ledgerLine(events), samples: ledgerLine(), error: 0, sampled_at: 1, store_current: true, ...more });
const status = (...problems: string[]) => put('status', { state: problems.length === 0 ? 'ok' : 'degraded', problems });
const spool = (changes: object) => put('spool', { level: 'ok', batches: 0, rows: 0, live_bytes: 0, disk_bytes_max: 2048, oldest_age_seconds: 0, fault: null, ...changes });

describe('health in words', () => {
  test('nothing known yet', () => {
    expect(assess(after()).headline).toBe('Waiting for the first values.');
  });

  test('all is well', () => {
    expect(assess(after(status(), ledger({ received: 3, stored: 3 }), spool({})))).toMatchObject({ level: 'ok', more: [] });
  });

  test('the sentences of the server come first, and are not said twice', () => {
    const health = assess(after(status('The spool is 97 % full: new data is refused.'), spool({ level: 'refuse', live_bytes: 2000 })));

    expect(health).toEqual({ level: 'bad', headline: 'The spool is 97 % full: new data is refused.', more: [] });
  });

  test('health out of sight is not health', () => {
    expect(lastSeen(assess(after(status())))).toMatchObject({ level: 'unknown', headline: 'The server cannot be seen. When it was last seen, all was well.' });
    expect(lastSeen(assess(after(status('The disk is full.')))).headline).toContain('The disk is full.');
  });

  test('an unbalanced ledger is trouble, but only when the store could be asked', () => {
    expect(assess(after(ledger({}, { error: 2 })))).toMatchObject({ level: 'bad', headline: '2 rows cannot be accounted for: the ledger does not balance.' });
    expect(assess(after(ledger({}, { error: null, store_current: false }))).level).toBe('ok');
    expect(after(ledger({}, { error: null, store_current: false })).ledger?.error, 'nobody knows it').toBeNull();
  });

  test.each([
    ['warn', 'warn', 'filling'],
    ['slow', 'warn', 'slowed down'],
    ['refuse', 'bad', 'refused'],
  ])('a spool at level %s', (level, grave, words) => {
    const health = assess(after(spool({ level, rows: 3 })));

    expect(health.level).toBe(grave);
    expect(health.headline).toContain(words);
  });

  test('the worst stands first, the rest below', () => {
    const health = assess(after(ledger({ dead_lettered: 1, parked: 2, lost: 3 }), ['g', { epoch, from: 1, to: 2 }]));

    expect(health.level).toBe('bad');
    expect(health.more.map(({ level }) => level)).toEqual(['warn', 'note', 'note']);
  });
});
