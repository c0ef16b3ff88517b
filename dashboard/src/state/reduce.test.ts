import { describe, expect, test } from 'vitest';
import { after, epoch, frame, ledgerLine, sequences, wireEvent } from '../support/samples';
import { emptyState, eventsMax, gapsMax, seriesMax } from './model';
import { eventRateKey, refusedRateKey } from './overview';
import { reduce } from './reduce';
import { createStore } from './store';

const hello = ['h', { epoch, cursor: 'c0', server_time: 1000, node: 'n1', flags_etag: 'f1' }];
const cpu = [3, 'system.cpu.utilization', { 'cpu.mode': 'user' }, '1', 'gauge'];
const cpuKey = 'system.cpu.utilization[["cpu.mode","user"]]';

describe('every frame has its effect', () => {
  test('h tells who serves, and clears an old problem', () => {
    const state = after(['x', { detail: 'bad frame' }], hello);

    expect(state).toMatchObject({ problem: null, flagsEtag: 'f1', serverTime: 1000, resumed: false, hello: { node: 'n1', epoch } });
  });

  test('a second h is a resumed connection', () => {
    expect(after(hello, hello).resumed).toBe(true);
  });

  test('s of the overview brings status, ledger, spool, rates, watchers, series, history and events', () => {
    const state = after(['s', 'overview', 'c1', overview()]);

    expect(state.status).toMatchObject({ node: 'n1', state: 'degraded', problems: ['The store is away.'] });
    expect(state.ledger).toMatchObject({ error: 0, sampledAt: 9, storeCurrent: true, events: { received: 5, stored: 5 } });
    expect(state.spool).toMatchObject({ level: 'warn', rows: 7, diskBytesMax: 100, oldestAgeSeconds: 0, fault: null });
    expect(state.breakers).toEqual([{ name: 'database', state: 'half-open', failures: 0, lastFailure: 'busy', nextAttemptAt: 0 }]);
    expect(state.rates).toEqual({ eventsPerSecond: 2.5, samplesPerSecond: 40, refusedPerSecond: 0 });
    expect(state.watchers).toBe(4);
    expect(state.series.get(3)?.labels).toEqual({ 'cpu.mode': 'user' });
    expect(state.points.times).toEqual([8000, 9000, 10_000]);
    expect(state.points.columns.get(cpuKey)).toEqual([0.1, null, 0.3]);
    expect(sequences(state)).toEqual([2, 1]);
  });

  test('s of the events topic brings events', () => {
    expect(sequences(after(['s', 'events', 'c1', { events: [wireEvent(4)] }]))).toEqual([4]);
  });

  test('s of a topic that is not known here changes nothing', () => {
    expect(after(['s', 'retries', 'c1', { events: [wireEvent(1)] }])).toEqual(emptyState);
  });

  test('n names series, t brings their values', () => {
    const state = after(['n', [cpu]], ['t', 5000, [[3, 0.5]]]);

    expect(state.points.columns.get(cpuKey)).toEqual([0.5]);
    expect(state.points.times).toEqual([5000]);
    expect(state.serverTime).toBe(0);
  });

  test('t of a series without a name is left out', () => {
    expect(after(['t', 5000, [[99, 1]]]).points.times).toEqual([]);
  });

  test('e adds events, newest first, also when they come in any order', () => {
    expect(sequences(after(['e', 'c', [wireEvent(2), wireEvent(1)]], ['e', 'c', [wireEvent(3)]]))).toEqual([3, 2, 1]);
  });

  test('d puts, patches and removes values of the overview', () => {
    const put = (key: string, value: unknown) => ({ op: 'put', key, value });
    const state = after(
      ['d', 'overview', 'c', [put('watchers', 2), put('you', { rtt_ms: 1.5, id: 'w7' }), put('spool', { level: 'ok', rows: 5, batches: 2 })]],
      ['d', 'overview', 'c', [{ op: 'patch', key: 'spool', value: { level: 'refuse' } }, { op: 'remove', key: 'watchers' }]],
    );

    expect(state.you).toEqual({ id: 'w7', roundTripMs: 1.5 });
    expect(state.spool).toMatchObject({ level: 'refuse', rows: 5, batches: 2 });
    expect(state.watchers).toBe(0);
  });

  test('a breaker of a newer server keeps the word for its state, and one without a shape breaks nothing', () => {
    const state = after(['d', 'overview', 'c', [{ op: 'put', key: 'breakers', value: [{ name: 'database', state: 'new_word' }, 7] }]]);

    expect(state.breakers.map((breaker) => breaker.state)).toEqual(['new-word', '']);
  });

  test('d of the rates adds a point to the chart of events', () => {
    const state = after(hello, ['d', 'overview', 'c', [{ op: 'put', key: 'rates', value: { events_per_s: 7 } }]]);

    expect(state.points.columns.get(eventRateKey)).toEqual([7]);
  });

  test('d of another topic or an unknown key changes nothing that is shown', () => {
    const state = after(['d', 'retries', 'c', [{ op: 'put', key: 'watchers', value: 9 }]], ['d', 'overview', 'c', [{ op: 'put', key: 'new_thing', value: 9 }]]);

    expect(state).toEqual({ ...emptyState, overview: { new_thing: 9 } });
  });

  test('g is remembered and counted', () => {
    const state = after(['g', { epoch, from: 3, to: 9 }]);

    expect(state.gaps).toEqual([{ epoch, from: 3, to: 9 }]);
    expect(state.counts.gaps).toBe(1);
  });

  test('g is one in its epoch', () => {
    expect(after(['g', { epoch, from: 3, to: 9 }], ['g', { epoch: 'other', from: 3, to: 9 }]).gaps).toEqual([
      { epoch: 'other', from: 3, to: 9 },
      { epoch, from: 3, to: 9 },
    ]);
  });

  test('f changes the tag of the flags', () => {
    expect(after(hello, ['f', 'f2']).flagsEtag).toBe('f2');
  });

  test('p changes the number of watchers, by count or by names', () => {
    expect(after(['p', { joins: 3, leaves: 1 }], ['p', { joins: ['a'], leaves: [] }]).watchers).toBe(3);
  });

  test('k moves the clock of the server forward only', () => {
    expect(after(['k', 2000], ['k', 1500]).serverTime).toBe(2000);
  });

  test('x is shown with its detail', () => {
    expect(after(['x', { title: 'No', detail: 'Not a topic.' }]).problem).toBe('Not a topic.');
  });

  test('b leaves what is known', () => {
    const state = after(hello);

    expect(reduce(state, frame('b', 'restart', 1000))).toBe(state);
  });

  test('an unknown frame is counted and ignored', () => {
    expect(after(['zz', 1])).toEqual({ ...emptyState, counts: { ...emptyState.counts, unknown: 1 } });
  });
});

describe('bad frames are counted and never fatal', () => {
  test.each([['t'], ['t', 'soon', []], ['t', 1, 5], ['h'], ['h', 5], ['s', 'overview', 'c'], ['s', 1, 'c', {}], ['n', {}], ['e', 'c', 'many'], ['d', 'overview', 'c', {}], ['d', 5, 'c', []], ['g', 7], ['f', {}], ['p'], ['k', 'now']])(
    '%j',
    (...wire) => {
      expect(after(wire).counts.malformed).toBe(1);
    },
  );

  test.each(['', 'no json', '{}', '[]', '[5]', 'null'])('text %j', async (text) => {
    const { decodeFrame } = await import('../wire/frames');

    expect(reduce(emptyState, decodeFrame(text)).counts.malformed).toBe(1);
  });

  test('misshapen parts inside a frame are left out, the rest is taken', () => {
    const state = after(
      ['n', [cpu, 'x', [1], [2, '']]],
      ['t', 1000, [[3, 1], [3], 'x', [3, null], ['3', 5]]],
      ['e', 'c', [wireEvent(1), {}, null, wireEvent(2, { epoch: 5 }), wireEvent(3, { sequence_id: 'x' })]],
      ['d', 'overview', 'c', [{ op: 'explode', key: 'watchers' }, null, { op: 'put', key: 'watchers', value: 3 }]],
      ['s', 'overview', 'c', { history: 5, latest: 'x', series: {}, status: [], ledger: 7, events: 'x' }],
    );

    expect(sequences(state)).toEqual([1]);
    expect(state.points.columns.get(cpuKey)).toEqual([1]);
    expect(state.watchers).toBe(3);
    expect(state.counts.malformed).toBe(0);
  });
});

describe('events come once', () => {
  test('the same position twice is one event and counted as a duplicate', () => {
    const state = after(['e', 'c', [wireEvent(1), wireEvent(1)]], ['e', 'c', [wireEvent(1), wireEvent(2)]]);

    expect(sequences(state)).toEqual([2, 1]);
    expect(state.counts).toMatchObject({ events: 2, duplicates: 2 });
  });

  test('the same number in another epoch is another event', () => {
    expect(after(['e', 'c', [wireEvent(1), wireEvent(1, { epoch: 'other' })]]).events).toHaveLength(2);
  });

  test('events of several epochs stand by the time they were received, and those of one by their numbers, whatever its clock did', () => {
    const at = (ms: number): object => ({ received_at: new Date(Date.UTC(2025, 0, 1) + ms).toISOString() });
    const of = (name: string, sequence: number, ms: number): object => wireEvent(sequence, { epoch: name, ...at(ms) });
    const state = after(['e', 'c', [of('a', 1, 100), of('a', 2, 50), of('a', 3, 300)]], ['e', 'c', [of('b', 1, 75), of('b', 2, 200)]]);

    expect(state.events.map((event) => event.key)).toEqual(['a:3', 'b:2', 'a:2', 'a:1', 'b:1']);
  });

  test('what is told twice over two nodes is one event in each epoch', () => {
    const both = [wireEvent(1), wireEvent(1, { epoch: 'other' })];
    const state = after(['e', 'c', both], ['e', 'c', both]);

    expect(state.events).toHaveLength(2);
    expect(state.counts).toMatchObject({ events: 2, duplicates: 2 });
  });

  test('equal content at another position is another event', () => {
    expect(after(['e', 'c', [wireEvent(1, { event_id: 'same' }), wireEvent(2, { event_id: 'same' })]]).events).toHaveLength(2);
  });
});

describe('a snapshot joins what the page has', () => {
  const snapshot = (...numbers: number[]) => ['s', 'overview', 'c', { events: numbers.map((number) => wireEvent(number)) }];

  test('where it reaches back, both stay', () => {
    expect(sequences(after(snapshot(2, 1), hello, snapshot(4, 3)))).toEqual([4, 3, 2, 1]);
  });

  test('on a first connection a list with a hole in it is not shown', () => {
    expect(sequences(after(snapshot(2, 1), hello, snapshot(9, 8)))).toEqual([9, 8]);
  });

  test('where the shell said where the source goes on, the catch-up fills the hole of the first connection, too', () => {
    const { state } = createStore({ snapshot: { events: [wireEvent(2), wireEvent(1)] }, cursor: 'c2' }, 0);
    const joined = [hello, snapshot(6, 5), ['e', 'c', [wireEvent(3), wireEvent(4), wireEvent(5)]]].map((wire) => frame(...wire)).reduce(reduce, state.value);

    expect(sequences(joined)).toEqual([6, 5, 4, 3, 2, 1]);
  });

  test('the chart of events begins with what the server remembers', () => {
    const history = { step_ms: 1000, until: 9000, values: {}, rates: { events_per_s: [null, 4, 6], refused_per_s: [null, 0, 1] } };
    const { points } = after(['s', 'overview', 'c', { history }]);

    expect(points.times).toEqual([8000, 9000]);
    expect(points.columns.get(eventRateKey)).toEqual([4, 6]);
    expect(points.columns.get(refusedRateKey)).toEqual([0, 1]);
  });

  test('a hole in one of two epochs is a hole', () => {
    const both = (one: number, other: number): unknown[] => ['s', 'overview', 'c', { events: [wireEvent(one), wireEvent(other, { epoch: 'other' })] }];

    expect(after(both(1, 1), hello, both(2, 2)).events).toHaveLength(4);
    expect(after(both(1, 1), hello, both(2, 9)).events).toHaveLength(2);
  });

  test('on a resumed connection the catch-up fills the hole', () => {
    const state = after(hello, snapshot(2, 1), hello, snapshot(6, 5), ['e', 'c', [wireEvent(3), wireEvent(4), wireEvent(5)]]);

    expect(sequences(state)).toEqual([6, 5, 4, 3, 2, 1]);
  });
});

describe('everything is bounded', () => {
  test('events: the newest stay', () => {
    const many = Array.from({ length: eventsMax + 50 }, (_, at) => wireEvent(at));
    const state = after(['e', 'c', many]);

    expect(state.events).toHaveLength(eventsMax);
    expect(state.events[0]?.sequenceId).toBe(eventsMax + 49);
  });

  test('series', () => {
    const many = Array.from({ length: seriesMax + 5 }, (_, id) => [id, `s${id}`, {}, '', 'gauge']);

    expect(after(['n', many]).series.size).toBe(seriesMax);
  });

  test('gaps', () => {
    const many = Array.from({ length: gapsMax + 5 }, (_, at) => ['g', { epoch, from: at, to: at }]);

    expect(after(...many).gaps).toHaveLength(gapsMax);
  });
});

function overview(): object {
  return {
    status: { name: 'holdfast', version: '1', node: 'n1', started_at: '', uptime_seconds: 3, store: 'sqlite', durability: 'durable', state: 'degraded', problems: ['The store is away.'] },
    ledger: { events: ledgerLine({ received: 5, stored: 5 }), samples: ledgerLine(), error: 0, sampled_at: 9, store_current: true },
    spool: { level: 'warn', batches: 1, rows: 7, live_bytes: 3, disk_bytes_max: 100, oldest_age_seconds: null, fault: null },
    breakers: [{ name: 'database', state: 'half_open', failures: 0, last_failure: 'busy', opened_at: 7, next_attempt_at: null }],
    rates: { events_per_s: 2.5, samples_per_s: 40, refused_per_s: 0 },
    watchers: 4,
    series: [cpu],
    latest: [10_500, [[3, 0.3]]],
    history: { step_ms: 1000, until: 10_000, values: { 3: [null, 0.1, null, 0.3], 77: [1, 2, 3, 4] } },
    events: [wireEvent(2), wireEvent(1)],
  };
}
