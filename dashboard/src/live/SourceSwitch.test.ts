import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeFrame } from '../wire/frames';
import type { Frame } from '../wire/frames';
import type { ConnectionState, LiveSource, LiveStatus, SourceName } from './LiveSource';
import { patienceMs, SourceSwitch, trustMs } from './SourceSwitch';
import type { SourcePlan } from './SourceSwitch';

/** A source that does what the test says. */
class FakeSource implements LiveSource {
  running = false;
  since: (string | null)[] = [];
  #batch: (frames: readonly Frame[]) => void = () => {};
  #state: (status: LiveStatus) => void = () => {};

  constructor(readonly name: SourceName) {}

  onBatch(callback: (frames: readonly Frame[]) => void): void {
    this.#batch = callback;
  }

  onState(callback: (status: LiveStatus) => void): void {
    this.#state = callback;
  }

  start(since: string | null): void {
    this.running = true;
    this.since.push(since);
  }

  stop(): void {
    this.running = false;
  }

  retryNow(): void {}

  report(): void {}

  be(state: ConnectionState): void {
    this.#state({ source: this.name, state, lastFrameAt: 1, retryAt: null, attempts: 0, reason: null });
  }

  deliver(...frames: unknown[][]): void {
    this.#batch(frames.map((frame) => decodeFrame(frame)));
  }
}

const both = { websocket: true, realtime: true } as const;
const plan = (changes: Partial<SourcePlan> = {}): SourcePlan => ({ preferred: 'websocket', dual: false, allowed: both, ...changes });
const events = (cursor: string): unknown[] => ['e', cursor, []];
const tick = (at: number): unknown[] => ['t', at, []];
const hello = ['h', { epoch: 'e', cursor: 'c', server_time: 1, node: 'n', flags_etag: '' }];

let websocket: FakeSource;
let realtime: FakeSource;
let source: SourceSwitch;
let seen: string[];
let shown: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  seen = [];
  shown = [];
  begin(plan());
});

afterEach(() => {
  source.stop();
  vi.useRealTimers();
});

function begin(chosen: SourcePlan): void {
  [websocket, realtime] = [new FakeSource('websocket'), new FakeSource('realtime')];
  source = new SourceSwitch({ sources: { websocket, realtime }, plan: chosen, now: () => Date.now() });
  source.onBatch((frames) => shown.push(...frames.map((frame) => (frame.type === 'ticks' ? `ticks ${frame.time}` : frame.type))));
  source.onState((status) => seen.push(`${status.source} ${status.state}`));
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('one at a time', () => {
  test('the preferred source runs, and the other one rests', async () => {
    source.start('c1');
    websocket.be('live');
    await pass(60_000);

    expect([websocket.running, realtime.running]).toEqual([true, false]);
    expect(websocket.since).toEqual(['c1']);
    expect(seen.at(-1)).toBe('websocket live');
  });

  test('one that stays away is stood in for, from where the page is, and is not left before the other is live', async () => {
    source.start(null);
    websocket.be('live');
    websocket.deliver(hello, events('c7'));
    websocket.be('offline');
    await pass(patienceMs - 500);
    expect(realtime.running).toBe(false);

    await pass(1000);
    expect(realtime.since).toEqual(['c7']);
    expect(source.leader).toBe('websocket');
    realtime.deliver(hello, tick(1));
    realtime.be('live');
    await pass(0);

    expect(source.leader).toBe('realtime');
    expect(seen.at(-1)).toBe('realtime live');
    // What it said before it led is known now; it could mean nothing before.
    expect(shown).toEqual(['hello', 'events', 'hello']);
  });

  test('one that refuses is not waited for', async () => {
    source.start(null);
    websocket.be('failed');
    await pass(0);

    expect(realtime.running).toBe(true);
  });

  test('the preferred one comes back when it has been live for long enough', async () => {
    source.start(null);
    websocket.be('offline');
    await pass(patienceMs + 500);
    realtime.be('live');
    await pass(500);
    websocket.be('live');
    await pass(trustMs - 1000);
    expect(source.leader).toBe('realtime');

    await pass(2000);
    expect(source.leader).toBe('websocket');
    await pass(500);
    expect(realtime.running).toBe(false);
  });

  test('one that flaps does not take the page along', async () => {
    source.start(null);
    websocket.be('offline');
    await pass(patienceMs + 500);
    realtime.be('live');
    await pass(500);
    for (let flaps = 0; flaps < 10; flaps++) {
      websocket.be('live');
      await pass(trustMs / 2);
      websocket.be('offline');
      await pass(1000);
    }

    expect(source.leader).toBe('realtime');
  });

  test('when both are down, whichever comes first leads', async () => {
    source.start(null);
    websocket.be('offline');
    await pass(patienceMs + 500);
    realtime.be('offline');
    await pass(60_000);
    expect([websocket.running, realtime.running]).toEqual([true, true]);

    realtime.be('live');
    await pass(0);
    expect(source.leader).toBe('realtime');
    realtime.be('offline');
    websocket.be('live');
    await pass(500);
    expect(source.leader).toBe('websocket');
  });
});

describe('a change of plan', () => {
  test('is made before the old one is broken', async () => {
    source.start(null);
    websocket.be('live');
    websocket.deliver(events('c3'));
    source.follow(plan({ preferred: 'realtime' }));
    expect([websocket.running, realtime.running, source.leader]).toEqual([true, true, 'websocket']);
    expect(realtime.since).toEqual(['c3']);

    realtime.be('live');
    await pass(600);

    expect([websocket.running, realtime.running, source.leader]).toEqual([false, true, 'realtime']);
  });

  test('takes a source away at once that may not be used any more', async () => {
    source.start(null);
    websocket.be('live');
    source.follow(plan({ allowed: { websocket: false, realtime: true } }));

    expect([websocket.running, realtime.running, source.leader]).toEqual([false, true, 'realtime']);
    await pass(60_000);
    expect(websocket.running).toBe(false);
  });
});

describe('what the server says of a source', () => {
  test('leads the page to the other one before anything is missed, and back when it has been good for long enough', async () => {
    source.start(null);
    websocket.be('live');
    websocket.deliver(events('c5'));
    await pass(60_000);
    source.avoid(new Set(['websocket']));
    expect([realtime.running, realtime.since, source.leader]).toEqual([true, ['c5'], 'websocket']);

    realtime.be('live');
    await pass(0);
    expect(source.leader).toBe('realtime');
    source.avoid(new Set());
    await pass(trustMs - 1000);
    expect(source.leader).toBe('realtime');

    await pass(2000);
    expect(source.leader).toBe('websocket');
  });

  test('changes nothing when it says the same of both', async () => {
    source.start(null);
    websocket.be('live');
    source.avoid(new Set(['websocket', 'realtime']));
    await pass(60_000);

    expect([websocket.running, realtime.running, source.leader]).toEqual([true, false, 'websocket']);
  });
});

describe('both at once', () => {
  beforeEach(() => begin(plan({ dual: true })));

  test('events come from either, everything else from the one that leads', async () => {
    source.start(null);
    websocket.be('live');
    realtime.be('live');
    await pass(0);
    websocket.deliver(tick(1), events('c1'));
    realtime.deliver(tick(2), events('c1'), events('c2'));

    expect(shown).toEqual(['ticks 1', 'events', 'events', 'events']);
  });

  test('when one is away the other one leads, and the first is tried on', async () => {
    source.start(null);
    websocket.be('live');
    realtime.be('live');
    await pass(0);
    websocket.be('offline');
    await pass(patienceMs + 500);

    expect(source.leader).toBe('realtime');
    expect([websocket.running, realtime.running]).toEqual([true, true]);
  });
});

test('what has stopped says and does nothing', async () => {
  source.start(null);
  websocket.be('live');
  source.stop();
  websocket.be('offline');
  await pass(60_000);

  expect([websocket.running, realtime.running]).toEqual([false, false]);
  expect(seen.at(-1)).toBe('websocket idle');
});
