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
  const whole = state.resumed || state.events.length === 0 || newest.length === 0 || isContinued(newest, state.events);
  return addEvents(whole ? state : { ...state, events: [] }, newest);
}

/** Whether in each epoch that both have there is no number between them. */
function isContinued(newest: readonly EventItem[], known: readonly EventItem[]): boolean {
  const shared = [...new Set(newest.map((event) => event.epoch))].flatMap((epoch) => known.find((event) => event.epoch === epoch) ?? []);
  return shared.length > 0 && shared.every((latest) => newest.some((event) => event.epoch === latest.epoch && event.sequenceId <= latest.sequenceId + 1));
}

/** Within an epoch its numbers say what came first, whatever the clock of its node did; between epochs only the clocks can. */
function newestFirst(events: readonly EventItem[]): EventItem[] {
  const reached = new Map<string, number>();
  return [...events]
    .sort((a, b) => a.sequenceId - b.sequenceId)
    .map((event) => {
      const at = Math.max(event.receivedMs, reached.get(event.epoch) ?? 0);
      reached.set(event.epoch, at);
      return { event, at };
    })
    .sort((a, b) => b.at - a.at || a.event.epoch.localeCompare(b.event.epoch) || b.event.sequenceId - a.event.sequenceId)
    .map(({ event }) => event);
}
