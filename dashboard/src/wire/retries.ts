import { instant, isNumber, list, number, oneOf, record, text, texts } from './read';

export const retryStatuses = ['pending', 'processing', 'completed', 'dead_letter', 'failed', 'cancelled'] as const;

export type RetryStatus = (typeof retryStatuses)[number];

/** An operation that is, or was, to be executed again. Instants are unix milliseconds, null where there is none. */
export interface Retry {
  readonly id: string;
  readonly status: RetryStatus;
  readonly operationType: string;
  readonly target: string;
  readonly priority: number;
  /** Attempts so far, and at most. */
  readonly attempt: number;
  readonly retriesMax: number;
  /** How often a process died while it executed this. */
  readonly crashes: number;
  readonly timeoutSeconds: number;
  readonly runAfter: number | null;
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
  readonly correlationId: string;
  readonly idempotencyKey: string;
  readonly groupKey: string;
  /** An earlier one of its group is not finished. */
  readonly blocked: boolean;
  readonly tags: readonly string[];
  readonly lastError: string;
  readonly fingerprint: string;
  /** Which process has it, and since when; null: none. */
  readonly heldBy: { readonly process: string; readonly since: number | null } | null;
  /** One more with each edit. */
  readonly version: number;
}

/** Something that happened to a retry. */
export interface RetryMoment {
  readonly at: number | null;
  readonly event: string;
  readonly attempt: number;
  readonly process: string;
  readonly tookMs: number | null;
  readonly message: string;
}

/** Retries that failed for one cause. */
export interface RetryGroup {
  readonly fingerprint: string;
  readonly operationType: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly exampleId: string;
}

/** Something of the queue that needs attention. */
export interface RetryAlert {
  readonly reason: string;
  /** The retry that it is about; empty: a type, or the whole queue. */
  readonly id: string;
  readonly detail: string;
  readonly since: number | null;
}

export type RetryTotals = Readonly<Record<RetryStatus, number>>;

export function readRetry(value: unknown): Retry {
  const wire = record(value);
  const holder = record(wire.held_by);
  return {
    id: text(wire.id),
    status: oneOf(retryStatuses, wire.status),
    operationType: text(wire.operation_type),
    target: text(wire.target),
    priority: number(wire.priority),
    attempt: number(wire.attempt),
    retriesMax: number(wire.max_retries),
    crashes: number(wire.crashes),
    timeoutSeconds: number(wire.timeout_seconds),
    runAfter: instant(wire.run_after),
    createdAt: instant(wire.created_at),
    updatedAt: instant(wire.updated_at),
    correlationId: text(wire.correlation_id),
    idempotencyKey: text(wire.idempotency_key),
    groupKey: text(wire.group_key),
    blocked: wire.blocked === true,
    tags: texts(wire.tags),
    lastError: text(wire.last_error),
    fingerprint: text(wire.fingerprint),
    heldBy: text(holder.process) === '' ? null : { process: text(holder.process), since: instant(holder.since) },
    version: number(wire.version),
  };
}

export const readRetries = (value: unknown): readonly Retry[] => list(value).map(readRetry);

export function readHistory(value: unknown): readonly RetryMoment[] {
  return list(value).map((item) => {
    const wire = record(item);
    return {
      at: instant(wire.at),
      event: text(wire.event),
      attempt: number(wire.attempt),
      process: text(wire.process),
      tookMs: isNumber(wire.took_ms) ? wire.took_ms : null,
      message: text(wire.message),
    };
  });
}

export function readRetryGroups(value: unknown): readonly RetryGroup[] {
  return list(value).map((item) => {
    const wire = record(item);
    return {
      fingerprint: text(wire.fingerprint),
      operationType: text(wire.operation_type),
      message: text(wire.message),
      count: number(wire.count),
      firstAt: instant(wire.first_at),
      lastAt: instant(wire.last_at),
      exampleId: text(wire.example_id),
    };
  });
}

export function readAlerts(value: unknown): readonly RetryAlert[] {
  return list(value).map((item) => {
    const wire = record(item);
    return { reason: text(wire.alert_reason), id: text(wire.id), detail: text(wire.detail), since: instant(wire.since) };
  });
}

export function readRetryTotals(value: unknown): RetryTotals {
  const wire = record(value);
  return Object.fromEntries(retryStatuses.map((status) => [status, number(wire[status])])) as RetryTotals;
}
