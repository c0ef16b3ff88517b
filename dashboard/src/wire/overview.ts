import { ledgerTerms, spoolLevels } from '../state/model';
import type { Breaker, Ledger, LedgerLine, Rates, Series, ServerStatus, Spool, You } from '../state/model';
import { isNumber, list, number, oneOf, record, text, texts } from './read';

export function readStatus(value: unknown): ServerStatus {
  const wire = record(value);
  return {
    name: text(wire.name, 'Holdfast'),
    version: text(wire.version),
    node: text(wire.node),
    startedAt: text(wire.started_at),
    uptimeSeconds: number(wire.uptime_seconds),
    store: text(wire.store),
    durability: text(wire.durability),
    state: oneOf(['ok', 'degraded'], wire.state),
    problems: texts(wire.problems),
    unhealthyAdapters: list(record(wire.broadcast).adapters)
      .map(record)
      .filter(({ healthy }) => healthy === false)
      .map(({ name }) => text(name)),
  };
}

export function readLedger(value: unknown): Ledger {
  const wire = record(value);
  return {
    events: readLedgerLine(wire.events),
    samples: readLedgerLine(wire.samples),
    error: isNumber(wire.error) ? wire.error : null,
    sampledAt: number(wire.sampled_at),
    storeCurrent: wire.store_current !== false,
  };
}

function readLedgerLine(value: unknown): LedgerLine {
  const wire = record(value);
  const terms = (['received', ...ledgerTerms] as const).map((term) => [term, number(wire[term])] as const);
  return Object.fromEntries(terms) as LedgerLine;
}

export function readSpool(value: unknown): Spool {
  const wire = record(value);
  return {
    level: oneOf(spoolLevels, wire.level),
    batches: number(wire.batches),
    rows: number(wire.rows),
    liveBytes: number(wire.live_bytes),
    diskBytesMax: number(wire.disk_bytes_max),
    oldestAgeSeconds: number(wire.oldest_age_seconds),
    fault: text(wire.fault) || null,
  };
}

export function readBreakers(value: unknown): readonly Breaker[] {
  return list(value).map((item) => {
    const wire = record(item);
    return {
      name: text(wire.name),
      state: text(wire.state).replace('_', '-'),
      failures: number(wire.failures),
      lastFailure: text(wire.last_failure),
      nextAttemptAt: number(wire.next_attempt_at),
    };
  });
}

export function readRates(value: unknown): Rates {
  const wire = record(value);
  return {
    eventsPerSecond: number(wire.events_per_s),
    samplesPerSecond: number(wire.samples_per_s),
    refusedPerSecond: number(wire.refused_per_s),
  };
}

export function readYou(value: unknown): You {
  const wire = record(value);
  return { id: isNumber(wire.id) ? String(wire.id) : text(wire.id), roundTripMs: isNumber(wire.rtt_ms) ? wire.rtt_ms : null };
}

/** `[series_id, name, labels, unit, kind]`; anything without an id and a name is skipped. */
export function readSeries(value: unknown): readonly (readonly [number, Series])[] {
  return list(value).flatMap((row) => {
    const [id, name, labels, unit, kind] = list(row);
    return isNumber(id) && typeof name === 'string' && name !== '' ? [[id, makeSeries(name, labels, unit, kind)] as const] : [];
  });
}

function makeSeries(name: string, labels: unknown, unit: unknown, kind: unknown): Series {
  const sorted = Object.entries(record(labels))
    .map(([label, value]) => [label, String(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    key: name + JSON.stringify(sorted),
    name,
    labels: Object.fromEntries(sorted),
    unit: text(unit),
    kind: oneOf(['gauge', 'counter'], kind),
  };
}
