// What the page knows. Everything here is immutable; only `reduce` makes a newer one.

export interface ServerStatus {
  readonly name: string;
  readonly version: string;
  readonly node: string;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly store: string;
  readonly durability: string;
  readonly state: 'ok' | 'degraded';
  /** Sentences of the server about what is wrong. */
  readonly problems: readonly string[];
  /** Adapters that are not healthy: what comes over them may be behind. */
  readonly unhealthyAdapters: readonly string[];
}

export const ledgerTerms = ['stored', 'dead_lettered', 'parked', 'spooled', 'duplicates', 'discarded', 'lost'] as const;

export type LedgerTerm = (typeof ledgerTerms)[number];

/** `received` equals the sum of all other terms, or something is unaccounted for. */
export type LedgerLine = Readonly<Record<LedgerTerm | 'received', number>>;

export interface Ledger {
  readonly events: LedgerLine;
  readonly samples: LedgerLine;
  /** Null while nobody knows it, because the store cannot be asked. */
  readonly error: number | null;
  readonly sampledAt: number;
  /** False while the store cannot be asked: its terms are the last known ones and need not balance. */
  readonly storeCurrent: boolean;
}

export const spoolLevels = ['ok', 'warn', 'slow', 'refuse'] as const;

export type SpoolLevel = (typeof spoolLevels)[number];

export interface Spool {
  readonly level: SpoolLevel;
  readonly batches: number;
  readonly rows: number;
  readonly liveBytes: number;
  readonly diskBytesMax: number;
  readonly oldestAgeSeconds: number;
  /** Why the disk cannot be written; null when it can. */
  readonly fault: string | null;
}

/** A circuit breaker: whether what stands behind it is asked at all. */
export interface Breaker {
  readonly name: string;
  /** `closed`, `open`, `half-open`, `isolated`, or a word of a newer server. */
  readonly state: string;
  /** In a row, while closed. */
  readonly failures: number;
  /** In a few words; empty when there was none. */
  readonly lastFailure: string;
  /** By the server's clock, in unix milliseconds; 0 unless it is open. */
  readonly nextAttemptAt: number;
}

export interface Rates {
  readonly eventsPerSecond: number;
  readonly samplesPerSecond: number;
  readonly refusedPerSecond: number;
}

/** What the server says about this very connection. */
export interface You {
  readonly id: string;
  readonly roundTripMs: number | null;
}

export interface Series {
  /** Name and labels: the identity that outlives a connection, unlike the small id on the wire. */
  readonly key: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: string;
  readonly kind: 'gauge' | 'counter';
}

/** When a series was last read, and the second that the reading was counted to. */
export interface Beat {
  readonly at: number;
  readonly slot: number;
}

/** Readings of all series on one axis of whole seconds; `null` where a series has none. */
export interface Points {
  readonly times: readonly number[];
  readonly columns: ReadonlyMap<string, readonly (number | null)[]>;
  readonly beats: ReadonlyMap<string, Beat>;
}

export interface EventItem {
  /** Epoch and sequence: what de-duplicates. */
  readonly key: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly timestamp: string;
  readonly timestampMs: number;
  readonly source: string;
  readonly category: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly epoch: string;
  readonly sequenceId: number;
  readonly receivedAt: string;
  readonly receivedMs: number;
}

/** Events the server no longer has in its log: only the store can tell what they were. */
export interface Gap {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
}

export interface Hello {
  readonly epoch: string;
  readonly cursor: string;
  readonly serverTime: number;
  readonly node: string;
  readonly flagsEtag: string;
}

/** Totals since the page was opened. */
export interface FrameCounts {
  readonly events: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly malformed: number;
  readonly unknown: number;
}

export interface LiveState {
  readonly hello: Hello | null;
  /** The source asked to go on after what the page has: this is not its first connection, or the shell told it where it stands. */
  readonly resumed: boolean;
  /** The overview as the wire has it, for deltas to change; the fields below are read from it. */
  readonly overview: Readonly<Record<string, unknown>>;
  readonly status: ServerStatus | null;
  readonly ledger: Ledger | null;
  readonly spool: Spool | null;
  readonly breakers: readonly Breaker[];
  readonly rates: Rates | null;
  readonly watchers: number;
  readonly you: You | null;
  /** By the small id that the wire uses. */
  readonly series: ReadonlyMap<number, Series>;
  readonly points: Points;
  /** Newest first. */
  readonly events: readonly EventItem[];
  readonly gaps: readonly Gap[];
  readonly flagsEtag: string;
  /** The last problem that the server sent about this connection. */
  readonly problem: string | null;
  /** The server's clock at its last frame that told it; 0 before that. */
  readonly serverTime: number;
  readonly counts: FrameCounts;
}

export const eventsMax = 1000;
export const pointsMax = 600;
export const seriesMax = 2000;
export const gapsMax = 50;

export const emptyState: LiveState = {
  hello: null,
  resumed: false,
  overview: {},
  status: null,
  ledger: null,
  spool: null,
  breakers: [],
  rates: null,
  watchers: 0,
  you: null,
  series: new Map(),
  points: { times: [], columns: new Map(), beats: new Map() },
  events: [],
  gaps: [],
  flagsEtag: '',
  problem: null,
  serverTime: 0,
  counts: { events: 0, duplicates: 0, gaps: 0, malformed: 0, unknown: 0 },
};
