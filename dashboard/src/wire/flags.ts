import { isNumber, isRecord, list, number, oneOf, record, text, texts } from './read';

export const flagTypes = ['json', 'bool', 'string', 'int', 'float'] as const;

export type FlagType = (typeof flagTypes)[number];

/** The layers, the strongest first. */
export const origins = ['override', 'environment', 'runtime', 'file', 'default'] as const;

export type Origin = (typeof origins)[number];

/** What one layer says. */
export interface Layer {
  readonly origin: Origin;
  readonly value: unknown;
}

export interface Guards {
  readonly errorRate: number;
  readonly errorSeconds: number;
  readonly latencyFactor: number;
  readonly latencySeconds: number;
  readonly samplesMin: number;
}

/** What was measured within the windows of the guards. */
export interface Figures {
  readonly requests: number;
  readonly errors: number;
  readonly errorRate: number;
  /** Milliseconds; null: none was measured. */
  readonly p95Ms: number | null;
}

export interface Rollout {
  readonly variant: string;
  /** Percentages, growing. */
  readonly steps: readonly number[];
  readonly step: number;
  readonly status: 'running' | 'paused' | 'completed' | 'rolled_back';
  readonly percent: number;
  readonly soakSeconds: number;
  readonly stepBeganAt: number;
  readonly guards: Guards;
  /** Milliseconds; null: not known. */
  readonly baselineMs: number | null;
  /** Why it is where it is. */
  readonly because: string;
  /** Why it goes no further at the moment; empty when that is not known. */
  readonly waits: string;
  /** Of those who have the variant, and of everybody else; null: nobody has looked yet. */
  readonly measured: { readonly variant: Figures; readonly others: Figures } | null;
}

/** What of a rule is told in words; the whole stands in its text. */
export interface Rule {
  readonly enabled: boolean;
  readonly variants: readonly string[];
  /** The variant of whom nothing else concerns. */
  readonly fallback: string;
  readonly shares: readonly { readonly variant: string; readonly percent: number }[];
  readonly targeting: number;
  readonly overrides: number;
}

export interface Flag {
  readonly name: string;
  readonly type: FlagType;
  readonly description: string;
  /** When a change takes effect. */
  readonly apply: 'immediate' | 'session' | 'start';
  readonly forClients: boolean;
  readonly isSecret: boolean;
  /** What a text may be; empty when it may be anything. */
  readonly choices: readonly string[];
  /** Empty for a flag that somebody made: it has none. */
  readonly environmentName: string;
  readonly value: unknown;
  readonly origin: Origin;
  readonly layers: readonly Layer[];
  /** Of what is set at run time; 0: nothing is. */
  readonly version: number;
  readonly updatedAt: number | null;
  readonly updatedBy: string;
  readonly rule: Rule | null;
  readonly rollout: Rollout | null;
}

/** A change that was made. */
export interface FlagNote {
  readonly version: number;
  readonly action: string;
  readonly at: string;
  readonly atMs: number;
  readonly actor: string;
  readonly reason: string;
  /** What was set; null: nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Why somebody gets what they get. */
export interface Explanation {
  readonly value: unknown;
  readonly variant: string;
  readonly reason: string;
  readonly bucket: number | null;
  readonly trace: readonly string[];
}

export function readFlag(value: unknown): Flag {
  const wire = record(value);
  return {
    name: text(wire.name),
    type: oneOf(flagTypes, wire.type),
    description: text(wire.description),
    apply: oneOf(['immediate', 'session', 'start'], wire.apply),
    forClients: wire.for_clients === true,
    isSecret: wire.secret === true,
    choices: texts(wire.choices),
    environmentName: text(wire.environment_name),
    value: wire.value,
    origin: readOrigin(wire.origin),
    layers: list(wire.layers).map((layer) => ({ origin: readOrigin(record(layer).origin), value: record(layer).value })),
    version: number(wire.version),
    updatedAt: instant(wire.updated_at),
    updatedBy: text(wire.updated_by),
    rule: isRecord(wire.rule) ? readRule(wire.rule) : null,
    rollout: isRecord(wire.rollout) ? readRollout(wire.rollout, text(wire.rollout_waits), wire.rollout_measured) : null,
  };
}

const readOrigin = (value: unknown): Origin => origins.find((origin) => origin === value) ?? 'default';

export function readRule(value: unknown): Rule {
  const wire = record(value);
  return {
    enabled: wire.enabled !== false,
    variants: Object.keys(record(wire.variants)),
    fallback: text(wire.default),
    shares: list(wire.split).map((share) => ({ variant: text(record(share).variant), percent: number(record(share).percent) })),
    targeting: list(wire.targeting).length,
    overrides: Object.values(record(wire.overrides)).flatMap(list).length,
  };
}

const readFigures = (value: unknown): Figures => {
  const wire = record(value);
  return { requests: number(wire.requests), errors: number(wire.errors), errorRate: number(wire.error_rate), p95Ms: isNumber(wire.p95_ms) ? wire.p95_ms : null };
};

function readRollout(value: unknown, waits: string, measured: unknown): Rollout {
  const wire = record(value);
  const guards = record(wire.guards);
  return {
    variant: text(wire.variant),
    steps: list(wire.steps).filter(isNumber),
    step: number(wire.step),
    status: oneOf(['running', 'paused', 'completed', 'rolled_back'], wire.status),
    percent: number(wire.percent),
    soakSeconds: number(wire.soak_seconds),
    stepBeganAt: instant(wire.step_began_at) ?? 0,
    guards: {
      errorRate: number(guards.error_rate),
      errorSeconds: number(guards.error_seconds),
      latencyFactor: number(guards.latency_factor),
      latencySeconds: number(guards.latency_seconds),
      samplesMin: number(guards.samples_min),
    },
    baselineMs: isNumber(wire.baseline_ms) ? wire.baseline_ms : null,
    because: text(wire.because),
    waits,
    measured: isRecord(measured) ? { variant: readFigures(measured.variant), others: readFigures(measured.others) } : null,
  };
}

export function readNote(value: unknown): FlagNote {
  const wire = record(value);
  const at = text(wire.at);
  return {
    version: number(wire.version),
    action: text(wire.action),
    at,
    atMs: instant(at) ?? 0,
    actor: text(wire.actor),
    reason: text(wire.reason),
    before: wire.before ?? null,
    after: wire.after ?? null,
  };
}

export function readExplanation(value: unknown): Explanation {
  const wire = record(value);
  return { value: wire.value, variant: text(wire.variant), reason: text(wire.reason), bucket: isNumber(wire.bucket) ? wire.bucket : null, trace: texts(wire.trace) };
}

const instant = (value: unknown): number | null => Date.parse(text(value)) || null;
