import { expect, test } from 'vitest';
import { readHealth, readNote } from '../../wire/health';
import { incidentsOf, worstFirst } from './incidents';
import { budgetWords, levelOfBudget, noteWords, ruleWords, valueWords } from './words';

const at = (second: number): string => new Date(second * 1000).toISOString();

/** Newest first, as the server answers. */
const notes = [
  { at: at(9), kind: 'transition', check: 'flags', from: 'pass', to: 'warn', detail: 'They do not go together.', incident_id: null },
  { at: at(8), kind: 'incident_closed', check: 'storage', incident_id: 'i' },
  { at: at(7), kind: 'transition', check: 'storage', from: 'fail', to: 'pass', detail: null, incident_id: 'i' },
  { at: at(6), kind: 'recovery', check: 'storage', rule: 'reconnect', actions: ['reconnect_pool'], outcome: 'not_repaired', detail: null, incident_id: 'i' },
  { at: at(5), kind: 'incident_opened', check: 'storage', incident_id: 'i' },
  { at: at(5), kind: 'transition', check: 'storage', from: 'pass', to: 'fail', detail: 'It does not answer.', incident_id: 'i' },
].map(readNote);

test('an incident is told from its beginning to its end', () => {
  const [incident, ...others] = incidentsOf(notes);

  expect(others).toEqual([]);
  expect(incident).toMatchObject({ id: 'i', check: 'storage', openedAt: 5000, closedAt: 8000 });
  expect(incident?.notes.map(noteWords)).toEqual(['storage: pass → fail. It does not answer.', 'reconnect: reconnect_pool: not repaired.', 'storage: fail → pass.']);
});

test('one that goes on has no end, and one whose beginning was not read says so', () => {
  expect(incidentsOf(notes.slice(2))[0]?.closedAt).toBeNull();
  expect(incidentsOf(notes.slice(0, 3))[0]).toMatchObject({ check: '', openedAt: null });
});

const report = readHealth({
  state: 'fail',
  score: 60,
  checks: [
    { name: 'a', state: 'pass', values: { bytes: 2048, free_bytes: 1024, bytes_max: 4096, share: 0.123456, round_trip_ms: 1.23, oldest_age_s: 90, gc_pause_percent: 2, rows: 1234, odd: 'x' } },
    { name: 'c', state: 'unknown', results: ['pass', 'warn', 'fail', 'odd'] },
    { name: 'b', state: 'fail', enabled: false },
    { name: 'd', state: 'of a newer server' },
  ],
  uptime: [{ window: '1h', target: 0.999, value: 0.9995, budget_left_s: 1.8 }, { window: '24h', target: 0.999, value: null, budget_left_s: 0 }],
  errors: [{ window: '1h', target: 0.001, value: 0.02, budget_left: -3 }],
  recovery: { enabled: true, rules: [{ name: 'reconnect', check: 'storage', state: 'fail', for_s: 10, actions: ['reconnect_pool'], per_hour: 6 }] },
});

test('what fails stands first', () => expect(worstFirst(report.checks).map(({ name }) => name)).toEqual(['b', 'c', 'd', 'a']));

test('what the last runs found is read, whatever a newer server may say', () => expect(report.checks.map(({ results }) => results)).toEqual([[], ['pass', 'warn', 'fail', 'unknown'], [], []]));

test('numbers are told by their names, and with their units', () => expect(report.checks[0]?.values.map(valueWords)).toEqual(['holds 2 KiB', 'free 1 KiB', 'max 4 KiB', 'share 0.123', 'round trip 1.2 ms', 'oldest age 1 min 30 s', 'gc pause 2 %', 'rows 1,234']));

test('a budget says what was promised, what came of it and what is left', () => {
  const [hour, day] = report.uptime;

  expect(budgetWords(hour!, 'uptime')).toBe('1h: 99.95 %, at least 99.9 %; 1 s left');
  expect(budgetWords(day!, 'uptime')).toBe('24h: nothing was measured, at least 99.9 %; 0 ms left');
  expect(budgetWords(report.errors[0]!, 'errors')).toBe('1h: 2 %, at most 0.1 %; the budget is used up');
  expect([levelOfBudget(hour!, 'uptime'), levelOfBudget(day!, 'uptime'), levelOfBudget(report.errors[0]!, 'errors')]).toEqual(['ok', 'ok', 'bad']);
  expect(levelOfBudget({ ...hour!, value: 0.9 }, 'uptime')).toBe('warn');
  expect(budgetWords({ ...report.errors[0]!, value: 0, left: 0 }, 'errors')).toBe('1h: 0 %, at most 0.1 %; 0 left');
});

test('a rule says when it does what', () => expect(ruleWords(report.rules[0]!)).toBe('When storage fails for 10 s: reconnect pool; at most 6 times an hour.'));
