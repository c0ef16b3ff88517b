import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeSocket } from '../support/FakeSocket';
import { epoch, wireEvent } from '../support/samples';
import type { Frame } from '../wire/frames';
import { staleAfterMs } from './LiveSource';
import type { LiveStatus } from './LiveSource';
import { deadAfterMs, SocketSource } from './SocketSource';

const hello = ['h', { epoch, cursor: 'c9', server_time: 5, node: 'n', flags_etag: '' }];
const snapshot = ['s', 'overview', 'c9', {}];

let status: LiveStatus;
let seen: string[];
let batches: (readonly Frame[])[];
let wake: () => void;
let source: SocketSource;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  FakeSocket.all = [];
  seen = [];
  batches = [];
  source = new SocketSource({
    name: 'websocket',
    url: new URL('ws://holdfast.test/base/live'),
    topics: ['overview', 'events'],
    open: (url) => new FakeSocket(url),
    now: () => Date.now(),
    random: () => 0.5,
    schedule: (run) => void setTimeout(run, 16),
    onWake: (callback) => {
      wake = callback;
      return () => (wake = () => {});
    },
  });
  source.onState((next) => {
    status = next;
    if (seen.at(-1) !== next.state) seen.push(next.state);
  });
  source.onBatch((frames) => batches.push(frames));
});

afterEach(() => {
  source.stop();
  vi.useRealTimers();
});

function goLive(): FakeSocket {
  source.start(null);
  FakeSocket.latest.deliver(hello, snapshot);
  return FakeSocket.latest;
}

describe('connecting', () => {
  test('goes from idle over connecting and syncing to live', () => {
    goLive();

    expect(seen).toEqual(['idle', 'connecting', 'syncing', 'live']);
  });

  test('asks for its topics when greeted', () => {
    expect(goLive().sent).toEqual([
      ['sub', 'overview'],
      ['sub', 'events'],
    ]);
  });

  test('answers a keep-alive with its time, so that the server can measure the round trip', () => {
    const socket = goLive();
    socket.deliver(['k', 777]);

    expect(socket.sent.at(-1)).toEqual(['pong', 777]);
  });

  test('a server that never greets is given up', () => {
    source.start(null);
    vi.advanceTimersByTime(5500);

    expect(status).toMatchObject({ state: 'offline', reason: 'The server does not answer.' });
    expect(FakeSocket.all[0]!.closed).toBe(true);
  });

  test('stop closes, and nothing happens any more', () => {
    const socket = goLive();
    source.stop();
    vi.advanceTimersByTime(60_000);

    expect(socket.closed).toBe(true);
    expect(status.state).toBe('idle');
    expect(FakeSocket.all).toHaveLength(1);
  });
});

describe('the cursor', () => {
  const since = (): string | null => new URL(FakeSocket.latest.url).searchParams.get('since');

  test('is not sent by a page that starts at now', () => {
    source.start(null);

    expect(FakeSocket.latest.url).toBe('ws://holdfast.test/base/live');
  });

  test('is the one the page was given', () => {
    source.start('c4');

    expect(since()).toBe('c4');
  });

  test('is the one of the last events after a break', () => {
    const socket = goLive();
    socket.deliver(['e', 'c12', [wireEvent(12)]]);
    socket.breakOff();
    vi.advanceTimersByTime(1000);

    expect(since()).toBe('c12');
  });

  test('is the one of the first snapshot when no event came', () => {
    goLive().breakOff();
    vi.advanceTimersByTime(1000);

    expect(since()).toBe('c9');
  });

  test('does not skip a catch-up that broke off: a snapshot or a delta that runs ahead does not move it', () => {
    source.start('c4');
    FakeSocket.latest.deliver(hello, snapshot, ['d', 'overview', 'c9', []], ['e', 'c5', [wireEvent(5)]]);
    FakeSocket.latest.breakOff();
    vi.advanceTimersByTime(1000);

    expect(since()).toBe('c5');
  });
});

describe('reconnecting', () => {
  test('waits longer each time, up to 30 s, for ever', () => {
    source.start(null);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      FakeSocket.latest.breakOff();
      waits.push(status.retryAt! - Date.now());
      vi.advanceTimersByTime(waits.at(-1)!);
    }

    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    expect(status.state).toBe('connecting');
  });

  test('starts small again after it was live', () => {
    source.start(null);
    for (let attempt = 0; attempt < 4; attempt++) {
      FakeSocket.latest.breakOff();
      vi.advanceTimersByTime(30_000);
    }
    FakeSocket.latest.deliver(hello, snapshot);
    FakeSocket.latest.breakOff();

    expect(status.retryAt! - Date.now()).toBe(500);
  });

  test('comes back when a leaving server says, and tells its reason', () => {
    const socket = goLive();
    socket.deliver(['b', 'the server restarts', 3000]);
    socket.breakOff();

    expect(status).toMatchObject({ state: 'offline', reason: 'the server restarts' });
    expect(status.retryAt! - Date.now()).toBe(3000);
  });

  test('a server that said it restarts is looked for every two seconds, for half a minute', () => {
    const socket = goLive();
    socket.deliver(['b', 'the server restarts', 500]);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 20; attempt++) {
      FakeSocket.latest.breakOff();
      waits.push(status.retryAt! - Date.now());
      vi.advanceTimersByTime(waits.at(-1)!);
    }

    expect(waits.slice(0, 5)).toEqual([500, 1000, 2000, 2000, 2000]);
    expect(waits.at(-1)).toBe(30_000);
  });

  test('does not wait when the network or the person is back', () => {
    goLive().breakOff();
    wake();

    expect(status.state).toBe('connecting');
    expect(FakeSocket.all).toHaveLength(2);
    vi.advanceTimersByTime(3000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  test('tries at once when asked', () => {
    goLive().breakOff();
    source.retryNow();

    expect(FakeSocket.all).toHaveLength(2);
  });

  test('a refusal is told apart from a lost connection and not repeated by itself', () => {
    source.start(null);
    FakeSocket.latest.deliver(['x', { status: 401, detail: 'The key is not known.' }]);
    vi.advanceTimersByTime(120_000);

    expect(status).toMatchObject({ state: 'failed', reason: 'The key is not known.', retryAt: null });
    expect(FakeSocket.all).toHaveLength(1);
  });
});

describe('silence', () => {
  test('past two seconds what is shown is stale, and a frame makes it live again', () => {
    const socket = goLive();
    vi.advanceTimersByTime(staleAfterMs);
    expect(status.state).toBe('live');

    vi.advanceTimersByTime(300);
    expect(status.state).toBe('stale');

    socket.deliver(['k', 1]);
    expect(status.state).toBe('live');
  });

  test('past ten seconds the connection is taken for dead', () => {
    const socket = goLive();
    vi.advanceTimersByTime(deadAfterMs + 1000);

    expect(socket.closed).toBe(true);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
    expect(seen).toContain('offline');
  });

  test('late frames of a connection that was given up change nothing', () => {
    const socket = goLive();
    socket.breakOff();
    socket.deliver(['e', 'c99', [wireEvent(99)]]);
    vi.advanceTimersByTime(1000);

    expect(FakeSocket.latest.url).toContain('since=c9');
    expect(batches.flat().some((frame) => frame.type === 'events')).toBe(false);
  });
});

describe('batches', () => {
  test('frames between two pictures come together and in order', () => {
    goLive();
    vi.advanceTimersByTime(16);

    expect(batches.map((frames) => frames.map((frame) => frame.type))).toEqual([['hello', 'snapshot']]);
  });

  test('a flood is handed over before the picture', () => {
    const socket = goLive();
    socket.deliver(...Array.from({ length: 600 }, (_, at) => ['k', at]));

    expect(batches.length).toBeGreaterThan(0);
  });

  test('a bad frame reaches the counter and not the connection', () => {
    const socket = goLive();
    socket.deliver([], ['t']);
    vi.advanceTimersByTime(16);

    expect(batches.flat().filter((frame) => frame.type === 'malformed')).toHaveLength(2);
    expect(status.state).toBe('live');
  });
});
