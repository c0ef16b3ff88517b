import { computed, signal } from '@preact/signals';
import { staleAfterMs } from '../live/LiveSource';
import type { ConnectionState, LiveStatus } from '../live/LiveSource';
import type { Frame } from '../wire/frames';
import { isRecord } from '../wire/read';
import type { Inlined } from './inlined';
import { emptyState } from './model';
import type { LiveState } from './model';
import { applySnapshot, reduce } from './reduce';

const idle: LiveStatus = { source: 'websocket', state: 'idle', lastFrameAt: null, retryAt: null, attempts: 0, reason: null };

const beginning: ReadonlySet<ConnectionState> = new Set(['idle', 'connecting', 'syncing']);

/** What the screens look at. Views read the slices, so that a tick draws charts and nothing else. */
export function createStore({ snapshot, cursor }: Inlined, openedAt: number) {
  const state = signal<LiveState>(isRecord(snapshot) ? applySnapshot({ ...emptyState, resumed: cursor !== null }, 'overview', snapshot) : emptyState);
  const connection = signal<LiveStatus>(idle);
  const now = signal(openedAt);
  const serverAhead = signal(0);
  const connectionState = computed(() => connection.value.state);
  const dataAgeMs = computed(() => Math.max(0, now.value - (connection.value.lastFrameAt ?? openedAt)));

  return {
    state,
    connection,
    /** This machine's clock, moved by `tick`. */
    now,
    /** The server's clock as far as the page knows: ages of events are told by it. */
    serverNow: computed(() => now.value + serverAhead.value),
    connectionState,
    /** Not live yet, and not known to be away. */
    isBeginning: computed(() => beginning.has(connectionState.value)),
    /** How old the shown values are; the inlined snapshot is as old as the page. */
    dataAgeMs,
    /** What is shown must not be taken for the present. */
    isOld: computed(() => isOld(connectionState.value, dataAgeMs.value)),
    status: computed(() => state.value.status),
    ledger: computed(() => state.value.ledger),
    spool: computed(() => state.value.spool),
    breakers: computed(() => state.value.breakers),
    rates: computed(() => state.value.rates),
    watchers: computed(() => state.value.watchers),
    you: computed(() => state.value.you),
    points: computed(() => state.value.points),
    events: computed(() => state.value.events),
    gaps: computed(() => state.value.gaps),
    /** Another one: a flag was changed somewhere. */
    flagsEtag: computed(() => state.value.flagsEtag),

    apply(frames: readonly Frame[], at: number): void {
      state.value = frames.reduce(reduce, state.value);
      const told = frames.findLast((frame) => frame.type === 'keepalive' || frame.type === 'hello');
      if (told !== undefined) serverAhead.value = state.value.serverTime - at;
    },

    tick(at: number): void {
      now.value = at;
    },
  };
}

function isOld(state: ConnectionState, ageMs: number): boolean {
  return state === 'failed' || (state !== 'live' && state !== 'syncing' && ageMs > staleAfterMs);
}

export type Store = ReturnType<typeof createStore>;
