import { instant, isNumber, isRecord, list, number, oneOf, record, text, texts } from './read';
import type { Json } from './read';

export const checkStates = ['unknown', 'pass', 'warn', 'fail'] as const;

export type CheckState = (typeof checkStates)[number];

/** What the server last found of one thing. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly since: number | null;
  readonly checkedAt: number | null;
  readonly tookMs: number | null;
  readonly periodSeconds: number;
  readonly detail: string;
  readonly values: readonly (readonly [string, number])[];
  /** What the last runs found, the oldest first. */
  readonly results: readonly CheckState[];
  /** Share of changes among the last results, in per cent. */
  readonly flaps: number;
  readonly flapping: boolean;
  readonly enabled: boolean;
}

/** What was promised over a time, and what came of it. Shares of 1; null: nothing was measured. */
export interface Budget {
  readonly window: string;
  readonly target: number;
  readonly value: number | null;
  readonly left: number;
}

export interface Rule {
  readonly name: string;
  readonly check: string;
  readonly state: CheckState;
  readonly forSeconds: number;
  readonly actions: readonly string[];
  readonly perHour: number;
  readonly firedInHour: number;
  readonly lastAt: number | null;
  readonly lastOutcome: string;
  readonly restingUntil: number | null;
}

export interface HealthReport {
  readonly state: CheckState;
  readonly score: number;
  readonly since: number | null;
  readonly checks: readonly Check[];
  /** What is left is in seconds. */
  readonly uptime: readonly Budget[];
  /** What is left is in requests. */
  readonly errors: readonly Budget[];
  readonly recovers: boolean;
  readonly dryRun: boolean;
  readonly rules: readonly Rule[];
}

export const noteKinds = ['transition', 'recovery', 'incident_opened', 'incident_closed'] as const;

/** Something that happened. */
export interface HealthNote {
  readonly at: number;
  readonly kind: (typeof noteKinds)[number];
  readonly check: string;
  readonly from: string;
  readonly to: string;
  readonly detail: string;
  readonly rule: string;
  readonly actions: readonly string[];
  readonly outcome: string;
  readonly incident: string;
}

export function readHealth(value: unknown): HealthReport {
  const wire = record(value);
  const recovery = record(wire.recovery);
  return {
    state: oneOf(checkStates, wire.state),
    score: number(wire.score),
    since: instant(wire.since),
    checks: list(wire.checks).map(readCheck),
    uptime: list(wire.uptime).map((one) => readBudget(one, 'budget_left_s')),
    errors: list(wire.errors).map((one) => readBudget(one, 'budget_left')),
    recovers: recovery.enabled === true,
    dryRun: recovery.dry_run === true,
    rules: list(recovery.rules).map(readRule),
  };
}

export function readCheck(value: unknown): Check {
  const wire = record(value);
  return {
    name: text(wire.name),
    state: oneOf(checkStates, wire.state),
    since: instant(wire.since),
    checkedAt: instant(wire.checked_at),
    tookMs: known(wire.took_ms),
    periodSeconds: number(wire.period_s),
    detail: text(wire.detail),
    values: isRecord(wire.values) ? numbers(wire.values) : [],
    results: list(wire.results).map((result) => oneOf(checkStates, result)),
    flaps: number(wire.flaps),
    flapping: wire.flapping === true,
    enabled: wire.enabled !== false,
  };
}

export function readNote(value: unknown): HealthNote {
  const wire = record(value);
  return {
    at: instant(wire.at) ?? 0,
    kind: oneOf(noteKinds, wire.kind),
    check: text(wire.check),
    from: text(wire.from),
    to: text(wire.to),
    detail: text(wire.detail),
    rule: text(wire.rule),
    actions: texts(wire.actions),
    outcome: text(wire.outcome),
    incident: text(wire.incident_id),
  };
}

function readBudget(value: unknown, left: string): Budget {
  const wire = record(value);
  return { window: text(wire.window), target: number(wire.target), value: known(wire.value), left: number(wire[left]) };
}

function readRule(value: unknown): Rule {
  const wire = record(value);
  return {
    name: text(wire.name),
    check: text(wire.check),
    state: oneOf(checkStates, wire.state),
    forSeconds: number(wire.for_s),
    actions: texts(wire.actions),
    perHour: number(wire.per_hour),
    firedInHour: number(wire.fired_in_hour),
    lastAt: instant(wire.last_at),
    lastOutcome: text(wire.last_outcome),
    restingUntil: instant(wire.resting_until),
  };
}

const known = (value: unknown): number | null => (isNumber(value) ? value : null);

const numbers = (values: Json): readonly (readonly [string, number])[] => Object.entries(values).flatMap(([name, value]) => (isNumber(value) ? [[name, value] as const] : []));
