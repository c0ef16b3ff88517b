import type { Frame } from '../wire/frames';

/** Every server sends at least a keep-alive in this time; after it what is on the screen may be old. */
export const staleAfterMs = 2000;

/**
 * `connecting`: no answer yet. `syncing`: greeted, catching up. `live`. `stale`: connected but silent, what is shown is old.
 * `offline`: not connected, will try again. `failed`: the server refuses this client; trying again by itself would not help.
 */
export type ConnectionState = 'idle' | 'connecting' | 'syncing' | 'live' | 'stale' | 'offline' | 'failed';

/** The ways there are: our own socket, or the Supabase Realtime protocol. */
export const sourceNames = ['websocket', 'realtime'] as const;

export type SourceName = (typeof sourceNames)[number];

export interface LiveStatus {
  readonly source: SourceName;
  readonly state: ConnectionState;
  /** When the last frame came, by this machine's clock; null before the first. */
  readonly lastFrameAt: number | null;
  /** When the next attempt is due; null when none is planned. */
  readonly retryAt: number | null;
  /** Failed attempts since it was last live. */
  readonly attempts: number;
  readonly reason: string | null;
}

/** A way for live frames to reach the page. */
export interface LiveSource {
  /** Connects, and keeps trying. `since` is the opaque cursor from which the server catches up; null starts at now. */
  start(since: string | null): void;
  /** Frames in order, gathered so that the page renders at most once per picture. */
  onBatch(callback: (frames: readonly Frame[]) => void): void;
  onState(callback: (status: LiveStatus) => void): void;
  /** Tells the server how the page fares; it measures its sources by this. */
  report(metrics: object): void;
  /** Tries again now instead of at `retryAt`. */
  retryNow(): void;
  stop(): void;
}
