import { instant, isNumber, list, number, record, text } from './read';

/** Somebody who watches. Numbers that were not said are null. */
export interface Session {
  readonly id: string;
  readonly name: string;
  /** `websocket`, `realtime`, or a word of a newer server. */
  readonly source: string;
  readonly since: number | null;
  readonly roundTripMs: number | null;
  /** From an event to the screen, the 95th percentile. */
  readonly delayMs: number | null;
  readonly gaps: number | null;
  /** Events that it did not get because it was too slow. */
  readonly dropped: number;
}

export interface Sessions {
  readonly items: readonly Session[];
  readonly connections: number;
  readonly connectionsMax: number;
}

const known = (value: unknown): number | null => (isNumber(value) ? value : null);

export function readSessions(value: unknown): Sessions {
  const wire = record(value);
  const items = list(wire.items).map((item): Session => {
    const one = record(item);
    return {
      id: text(one.id),
      name: text(one.name),
      source: text(one.source),
      since: instant(one.since),
      roundTripMs: known(one.rtt_ms),
      delayMs: known(one.e2e_p95_ms),
      gaps: known(one.gaps),
      dropped: number(one.dropped),
    };
  });
  return { items, connections: number(wire.connections), connectionsMax: number(wire.connections_max) };
}
