import { instant, list, number, record, text, texts } from './read';

/** A part of the server with a life of its own. */
export interface Component {
  readonly name: string;
  /** `ready`, `degraded`, `failed`, `starting`, `initialized`, `stopped`, or a word of a newer server. */
  readonly status: string;
  readonly reasons: readonly string[];
  readonly lastError: string;
  readonly lastErrorAt: number | null;
  readonly retries: number;
  readonly eventsHandled: number;
  readonly uptimeSeconds: number;
  readonly needs: readonly string[];
  readonly wants: readonly string[];
}

/** An event source that the server connects to. */
export interface Room {
  readonly name: string;
  readonly url: string;
  readonly protocol: string;
  /** `joined`, `connecting`, `waiting`, `disconnected`, or a word of a newer server. */
  readonly state: string;
  readonly since: number | null;
  readonly attempts: number;
  readonly nextAttemptAt: number | null;
  readonly lastError: string;
  readonly received: number;
  readonly sent: number;
  readonly losses: number;
}

/** A circuit breaker, with what it has counted. */
export interface Circuit {
  readonly name: string;
  readonly state: string;
  readonly failures: number;
  readonly lastFailure: string;
  readonly nextAttemptAt: number | null;
  readonly openedAt: number | null;
}

export function readComponents(value: unknown): readonly Component[] {
  return list(value).map((item) => {
    const wire = record(item);
    const dependencies = record(wire.dependencies);
    return {
      name: text(wire.name),
      status: text(wire.status),
      reasons: texts(wire.reasons),
      lastError: text(wire.last_error),
      lastErrorAt: instant(wire.last_error_at),
      retries: number(wire.retries),
      eventsHandled: number(wire.events_handled),
      uptimeSeconds: number(wire.uptime_seconds),
      needs: texts(dependencies.hard),
      wants: texts(dependencies.soft),
    };
  });
}

export function readRooms(value: unknown): readonly Room[] {
  return list(value).map((item) => {
    const wire = record(item);
    const counts = record(wire.counts);
    return {
      name: text(wire.name),
      url: text(wire.url),
      protocol: text(wire.protocol),
      state: text(wire.state),
      since: instant(wire.since),
      attempts: number(wire.attempts),
      nextAttemptAt: instant(wire.next_attempt_at),
      lastError: text(wire.last_error),
      received: number(counts.received),
      sent: number(counts.sent),
      losses: number(counts.losses),
    };
  });
}

export function readCircuits(value: unknown): readonly Circuit[] {
  return list(value).map((item) => {
    const wire = record(item);
    return {
      name: text(wire.name),
      state: text(wire.state),
      failures: number(wire.failures_in_a_row),
      lastFailure: text(wire.last_failure),
      nextAttemptAt: instant(wire.next_attempt_at),
      openedAt: instant(wire.opened_at),
    };
  });
}
