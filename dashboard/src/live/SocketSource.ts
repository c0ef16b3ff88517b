import { decodeFrame } from '../wire/frames';
import type { Frame } from '../wire/frames';
import { backoffMs, restartMostMs, restartPatienceMs, spread } from './backoff';
import { FrameGatherer } from './FrameGatherer';
import { staleAfterMs } from './LiveSource';
import type { LiveSource, LiveStatus, SourceName } from './LiveSource';

/** Silence after which the connection is taken for dead although nobody closed it (a cable pulled, a laptop asleep). */
export const deadAfterMs = 10_000;

const greetingTimeoutMs = 5000;
const watchEveryMs = 250;
const openState = 1;

export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface SocketSourceOptions {
  readonly name: SourceName;
  /** Where it is; the cursor is added to it as `since`. */
  readonly url: URL;
  readonly topics: readonly string[];
  readonly open: (url: string) => SocketLike;
  readonly now: () => number;
  readonly random: () => number;
  readonly schedule: (run: () => void) => void;
  /** Calls back when the network or the person has come back; returns how to stop that. */
  readonly onWake: (callback: () => void) => () => void;
}

/** Live frames over something like a WebSocket. Reconnects for ever, and goes on from the last event it handed over. */
export class SocketSource implements LiveSource {
  readonly #options: SocketSourceOptions;
  readonly #gatherer: FrameGatherer;
  #onBatch: (frames: readonly Frame[]) => void = () => {};
  #onState: (status: LiveStatus) => void = () => {};
  #status: LiveStatus;
  static readonly #idle: Omit<LiveStatus, 'source'> = { state: 'idle', lastFrameAt: null, retryAt: null, attempts: 0, reason: null };

  #socket: SocketLike | null = null;
  #cursor: string | null = null;
  #openedAt = 0;
  #retryAsked: number | null = null;
  #expectedUntil = 0;

  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #watchTimer: ReturnType<typeof setInterval> | undefined;
  #stopWaking: () => void = () => {};

  constructor(options: SocketSourceOptions) {
    this.#options = options;
    this.#status = { source: options.name, ...SocketSource.#idle };
    this.#gatherer = new FrameGatherer(options.schedule, (frames) => this.#onBatch(frames));
  }

  onBatch(callback: (frames: readonly Frame[]) => void): void {
    this.#onBatch = callback;
  }

  onState(callback: (status: LiveStatus) => void): void {
    this.#onState = callback;
  }

  start(since: string | null): void {
    this.stop();
    this.#cursor = since;
    this.#watchTimer = setInterval(() => this.#watch(), watchEveryMs);
    this.#stopWaking = this.#options.onWake(() => this.#wake());
    this.#connect();
  }

  retryNow(): void {
    if (this.#status.state !== 'offline' && this.#status.state !== 'failed') return;
    clearTimeout(this.#retryTimer);
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#retryTimer);
    clearInterval(this.#watchTimer);
    this.#stopWaking();
    this.#drop();
    this.#gatherer.flush();
    this.#become({ state: 'idle', retryAt: null });
  }

  report(metrics: object): void {
    this.#send(['m', metrics]);
  }

  #connect(): void {
    this.#openedAt = this.#options.now();
    this.#retryAsked = null;
    this.#become({ state: 'connecting', retryAt: null });
    const socket = this.#options.open(this.#address());
    this.#socket = socket;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#lost(event.reason || 'The connection was closed.');
  }

  #address(): string {
    const url = new URL(this.#options.url);
    if (this.#cursor !== null) url.searchParams.set('since', this.#cursor);
    return url.href;
  }

  #receive(message: unknown): void {
    const frame = decodeFrame(message);
    this.#react(frame);
    this.#gatherer.add(frame);
  }

  #react(frame: Frame): void {
    const lastFrameAt = this.#options.now();
    switch (frame.type) {
      case 'hello':
        this.#send(...this.#options.topics.map((topic) => ['sub', topic]));
        this.#become({ state: 'syncing', lastFrameAt });
        return;
      case 'problem':
        if (frame.status === 401 || frame.status === 403) this.#refused(frame.detail);
        return;
      case 'bye':
        this.#retryAsked = frame.retryMs;
        this.#expectedUntil = lastFrameAt + restartPatienceMs;
        this.#become({ reason: frame.reason, lastFrameAt });
        return;
      case 'keepalive':
        this.#send(['pong', frame.serverTime]);
        break;
      case 'snapshot':
        this.#cursor ??= frame.cursor || null;
        break;
      case 'events':
        // Only events move the cursor: a snapshot may run ahead of a catch-up, and a cursor taken from it would skip the rest.
        this.#cursor = frame.cursor || this.#cursor;
        break;
    }
    if (this.#status.state !== 'connecting') this.#become({ state: 'live', lastFrameAt, attempts: 0, reason: null });
  }

  #watch(): void {
    const now = this.#options.now();
    const silentMs = now - Math.max(this.#status.lastFrameAt ?? 0, this.#openedAt);
    if (this.#status.state === 'connecting') {
      if (silentMs > greetingTimeoutMs) this.#lost('The server does not answer.');
    } else if (this.#socket !== null) {
      if (silentMs > deadAfterMs) this.#lost('The server has fallen silent.');
      else if (silentMs > staleAfterMs && this.#status.state !== 'stale') this.#become({ state: 'stale' });
    }
  }

  #wake(): void {
    this.#watch();
    if (this.#status.state === 'offline') this.retryNow();
  }

  #lost(reason: string): void {
    this.#drop();
    const attempts = this.#status.attempts + 1;
    const delay = this.#delay(attempts);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#become({ state: 'offline', attempts, retryAt: this.#options.now() + delay, reason: this.#retryAsked === null ? reason : this.#status.reason });
  }

  #delay(attempts: number): number {
    const random = this.#options.random();
    if (this.#retryAsked !== null) return spread(this.#retryAsked, random);
    return this.#options.now() < this.#expectedUntil ? backoffMs(attempts, random, restartMostMs) : backoffMs(attempts, random);
  }

  #refused(reason: string): void {
    this.#drop();
    this.#become({ state: 'failed', retryAt: null, reason });
  }

  #drop(): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #send(...frames: unknown[][]): void {
    if (this.#socket?.readyState !== openState) return;
    for (const frame of frames) this.#socket.send(JSON.stringify(frame));
  }

  #become(change: Partial<LiveStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#onState(this.#status);
  }
}
