import type { Frame } from '../wire/frames';
import { readEvents } from '../wire/events';
import type { Json } from '../wire/read';
import { addEvents, joinSnapshotEvents } from './events';
import { gapsMax } from './model';
import type { FrameCounts, Gap, Hello, LiveState } from './model';
import { addSeries, applyOverview, applyOverviewChange, applyTicks } from './overview';

/** The one way the page's knowledge changes: a frame of any live source makes a newer state. Pure, bounded, and never throws. */
export function reduce(state: LiveState, frame: Frame): LiveState {
  switch (frame.type) {
    case 'hello':
      return applyHello(state, frame.hello);
    case 'snapshot':
      return applySnapshot(state, frame.topic, frame.snapshot);
    case 'names':
      return addSeries(state, frame.series);
    case 'ticks':
      return applyTicks(state, frame.time, frame.values); // the time is that of the readings, not the server's clock
    case 'events':
      return addEvents(state, frame.events);
    case 'deltas':
      return frame.topic === 'overview' ? frame.changes.reduce(applyOverviewChange, state) : state;
    case 'gap':
      return addGap(state, frame.gap);
    case 'flags':
      return { ...state, flagsEtag: frame.etag };
    case 'presence':
      return { ...state, watchers: Math.max(0, state.watchers + frame.joins - frame.leaves) };
    case 'keepalive':
      return { ...state, serverTime: Math.max(state.serverTime, frame.serverTime) };
    case 'problem':
      return { ...state, problem: frame.detail };
    case 'bye':
      return state; // the source reconnects; what is known stays
    case 'unknown':
    case 'malformed':
      return counted(state, frame.type);
  }
}

function applyHello(state: LiveState, hello: Hello): LiveState {
  return { ...state, hello, resumed: state.resumed || state.hello !== null, flagsEtag: hello.flagsEtag, serverTime: hello.serverTime, problem: null };
}

/** The inlined snapshot of the shell and the first frame of a connection are the same thing. */
export function applySnapshot(state: LiveState, topic: string, snapshot: Json): LiveState {
  if (topic === 'events') return joinSnapshotEvents(state, readEvents(snapshot.events));
  return topic === 'overview' ? joinSnapshotEvents(applyOverview(state, snapshot), readEvents(snapshot.events)) : state;
}

function addGap(state: LiveState, gap: Gap): LiveState {
  return { ...counted(state, 'gaps'), gaps: [gap, ...state.gaps].slice(0, gapsMax) };
}

function counted(state: LiveState, what: keyof FrameCounts): LiveState {
  return { ...state, counts: { ...state.counts, [what]: state.counts[what] + 1 } };
}
