import { eventsMax } from './model';
import type { EventItem, LiveState } from './model';

/** Adds events once, whatever way and however often they come, newest first. Beyond the bound the oldest leave; the store has them. */
export function addEvents(state: LiveState, incoming: readonly EventItem[]): LiveState {
  const known = new Set(state.events.map((event) => event.key));
  const fresh = incoming.filter((event) => !known.has(event.key) && known.add(event.key));
  const counts = { ...state.counts, events: state.counts.events + fresh.length, duplicates: state.counts.duplicates + incoming.length - fresh.length };
  return { ...state, counts, events: fresh.length === 0 ? state.events : newestFirst([...fresh, ...state.events]).slice(0, eventsMax) };
}

/**
 * A snapshot holds only the newest events. On a resumed connection the catch-up fills what lies between them and what the page has.
 * On the first one nobody does: the list would have a silent hole, so the older events leave, and are asked from the store when
 * someone scrolls there.
 */
export function joinSnapshotEvents(state: LiveState, newest: readonly EventItem[]): LiveState {
  const whole = state.resumed || state.events.length === 0 || newest.length === 0 || newest.some((event) => continues(event, state.events));
  return addEvents(whole ? state : { ...state, events: [] }, newest);
}

function continues(event: EventItem, known: readonly EventItem[]): boolean {
  const latest = known.find((other) => other.epoch === event.epoch);
  return latest !== undefined && event.sequenceId <= latest.sequenceId + 1;
}

function newestFirst(events: EventItem[]): EventItem[] {
  return events.sort((a, b) => (a.epoch === b.epoch ? b.sequenceId - a.sequenceId : b.receivedMs - a.receivedMs));
}
