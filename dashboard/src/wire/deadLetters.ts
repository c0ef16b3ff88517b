import { instant, isNumber, list, number, oneOf, record, text } from './read';

export const letterStatuses = ['pending', 'retrying', 'recovered', 'failed', 'discarded'] as const;

export type LetterStatus = (typeof letterStatuses)[number];

export const letterKinds = ['event', 'sample'] as const;

/** Why a row was refused, in the words of who refused it. */
export interface Refusal {
  readonly reason: string;
  readonly sqlstate: string;
  readonly constraint: string;
  readonly column: string;
}

/** A row that the store refused. Instants are unix milliseconds, null where there is none. */
export interface Letter extends Refusal {
  readonly id: number;
  /** One more with each edit. */
  readonly version: number;
  readonly status: LetterStatus;
  readonly kind: (typeof letterKinds)[number];
  readonly rowCount: number;
  /** Type of the event or name of the series; empty when the row could not be read. */
  readonly subject: string;
  readonly source: string;
  readonly sizeBytes: number;
  readonly fingerprint: string;
  readonly retryCount: number;
  readonly retriesMax: number;
  readonly createdAt: number | null;
  readonly receivedAt: number | null;
  readonly lastRetryAt: number | null;
  readonly nextRetryAt: number | null;
  readonly recoveredAt: number | null;
  readonly leaseUntil: number | null;
  readonly leasedBy: string;
  /** Where it was in its spool: spool, batch, row. */
  readonly place: string;
  readonly sequenceId: number | null;
}

/** Letters with one cause. */
export interface LetterGroup extends Refusal {
  readonly fingerprint: string;
  readonly count: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly exampleId: number;
}

export interface LetterTotals extends Readonly<Record<LetterStatus, number>> {
  readonly sizeBytes: number;
  readonly oldestPendingAt: number | null;
}

/** What became of many letters. */
export const bulkCounts = ['matched', 'recovered', 'refused', 'failed', 'discarded', 'skipped'] as const;

export type BulkResult = Readonly<Record<(typeof bulkCounts)[number], number>>;

/** What a purge would delete. */
export interface PurgeCount {
  /** Letters refused before this instant. */
  readonly before: number | null;
  readonly matched: number;
  readonly byStatus: Readonly<Record<LetterStatus, number>>;
  /** Rows among them that were never stored. */
  readonly rowsOwed: number;
}

/** What a purge deleted. */
export interface Purged {
  readonly letters: number;
  readonly rowsDiscarded: number;
}

export function readLetter(value: unknown): Letter {
  const wire = record(value);
  const payload = record(wire.original_payload);
  return {
    ...readRefusal(wire),
    id: number(wire.id),
    version: number(wire.version, 1),
    status: oneOf(letterStatuses, wire.status),
    kind: oneOf(letterKinds, wire.kind),
    rowCount: number(wire.row_count, 1),
    subject: text(payload.event_type, text(payload.name)),
    source: text(payload.source),
    sizeBytes: number(wire.size_bytes),
    fingerprint: text(wire.fingerprint),
    retryCount: number(wire.retry_count),
    retriesMax: number(wire.max_retries),
    createdAt: instant(wire.created_at),
    receivedAt: instant(wire.received_at),
    lastRetryAt: instant(wire.last_retry_at),
    nextRetryAt: instant(wire.next_retry_at),
    recoveredAt: instant(wire.recovered_at),
    leaseUntil: instant(wire.lease_until),
    leasedBy: text(wire.leased_by),
    place: `${text(wire.spool_id)} / ${number(wire.batch_seq)} / ${number(wire.row)}`,
    sequenceId: isNumber(wire.sequence_id) ? wire.sequence_id : null,
  };
}

export const readLetters = (value: unknown): readonly Letter[] => list(value).map(readLetter);

export function readGroups(value: unknown): readonly LetterGroup[] {
  return list(value).map((item) => {
    const wire = record(item);
    return {
      ...readRefusal(wire),
      fingerprint: text(wire.fingerprint),
      count: number(wire.count),
      firstAt: instant(wire.first_at),
      lastAt: instant(wire.last_at),
      exampleId: number(wire.example_id),
    };
  });
}

export function readTotals(value: unknown): LetterTotals {
  const wire = record(value);
  return {
    ...readByStatus(wire),
    sizeBytes: number(wire.size_bytes),
    oldestPendingAt: instant(wire.oldest_pending_at),
  };
}

export function readBulk(value: unknown): BulkResult {
  const wire = record(value);
  return Object.fromEntries(bulkCounts.map((name) => [name, number(wire[name])])) as BulkResult;
}

export function readPurgeCount(value: unknown): PurgeCount {
  const wire = record(value);
  return { before: instant(wire.before), matched: number(wire.matched), byStatus: readByStatus(record(wire.by_status)), rowsOwed: number(wire.rows_owed) };
}

export function readPurged(value: unknown): Purged {
  const wire = record(value);
  return { letters: number(wire.purged), rowsDiscarded: number(wire.rows_discarded) };
}

function readByStatus(wire: Readonly<Record<string, unknown>>): Record<LetterStatus, number> {
  return Object.fromEntries(letterStatuses.map((status) => [status, number(wire[status])])) as Record<LetterStatus, number>;
}

function readRefusal(wire: Readonly<Record<string, unknown>>): Refusal {
  return { reason: text(wire.failure_reason), sqlstate: text(wire.sqlstate), constraint: text(wire.constraint_name), column: text(wire.column_name) };
}
