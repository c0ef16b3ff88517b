import { auditFilterNames, emptyAuditFilters } from '../views/audit/filters';
import type { AuditFilters } from '../views/audit/filters';
import { emptyFilters, filterNames } from '../views/events/filters';
import type { EventFilters } from '../views/events/filters';
import { emptyFlagFilters, flagFilterNames } from '../views/flags/filters';
import type { FlagFilters } from '../views/flags/filters';
import { emptyHealthFilters, healthFilterNames } from '../views/health/filters';
import type { HealthFilters } from '../views/health/filters';
import { emptyLetterFilters, letterFilterNames } from '../views/letters/filters';
import type { LetterFilters } from '../views/letters/filters';
import { emptyMetricFilters, metricFilterNames } from '../views/metrics/filters';
import type { MetricFilters } from '../views/metrics/filters';
import { emptyRetryFilters, retryFilterNames } from '../views/retries/filters';
import type { RetryFilters } from '../views/retries/filters';

/** The screens; each is one address, so that a view can be sent to a colleague. */
export const screens = ['overview', 'events', 'metrics', 'retries', 'dead-letters', 'components', 'sessions', 'health', 'flags', 'audit', 'console'] as const;

export type Screen = (typeof screens)[number];

/** Those that show the one thing there is. */
const bare: readonly Screen[] = ['components', 'sessions', 'console'];

export interface Route {
  readonly screen: Screen;
  /** Of the event log, which stands on two screens. */
  readonly filters: EventFilters;
  /** Of the metrics. */
  readonly metrics: MetricFilters;
  /** Of the retries. */
  readonly retries: RetryFilters;
  /** Id of the retry that is open; empty when none is. */
  readonly retry: string;
  /** Of the dead letters. */
  readonly letters: LetterFilters;
  /** Number of the dead letter that is open; empty when none is. */
  readonly letter: string;
  /** Of the flags. */
  readonly flags: FlagFilters;
  /** Name of the flag that is open; empty when none is. */
  readonly flag: string;
  /** Of the audit. */
  readonly audit: AuditFilters;
  /** Of what happened to the health. */
  readonly health: HealthFilters;
}

/** `#/events?event_type=order.failed&text=timeout`; what is not understood means the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const screen = screens.find((one) => one === path) ?? 'overview';
  if (screen === 'audit') return { ...overview, screen, audit: read(auditFilterNames, parameters) };
  if (screen === 'health') return { ...overview, screen, health: read(healthFilterNames, parameters) };
  if (screen === 'metrics') return { ...overview, screen, metrics: read(metricFilterNames, parameters) };
  if (bare.includes(screen)) return { ...overview, screen };
  if (screen === 'retries') return { ...overview, screen, retries: read(retryFilterNames, parameters), retry: /^[0-9a-f-]{36}$/.exec(parameters.get('retry') ?? '')?.[0] ?? '' };
  if (screen === 'flags') return { ...overview, screen, flags: read(flagFilterNames, parameters), flag: parameters.get('flag') ?? '' };
  return screen === 'dead-letters'
    ? { ...overview, screen, letters: read(letterFilterNames, parameters), letter: /^\d+$/.exec(parameters.get('letter') ?? '')?.[0] ?? '' }
    : { ...overview, screen, filters: read(filterNames, parameters) };
}

/** Only what the screen shows stands in its address. */
export function formatRoute(route: Route): string {
  const { screen } = route;
  const query = new URLSearchParams(Object.entries(shown(route)).filter(([, value]) => value !== '')).toString();
  return `#/${screen === 'overview' ? '' : screen}${query === '' ? '' : `?${query}`}`;
}

function shown({ screen, filters, metrics, retries, retry, letters, letter, flags, flag, audit, health }: Route): Readonly<Record<string, string>> {
  if (screen === 'dead-letters') return { ...letters, letter };
  if (screen === 'metrics') return metrics;
  if (screen === 'health') return health;
  if (bare.includes(screen)) return {};
  if (screen === 'retries') return { ...retries, retry };
  if (screen === 'flags') return { ...flags, flag };
  return screen === 'audit' ? audit : filters;
}

function read<Name extends string>(names: readonly Name[], parameters: URLSearchParams): Readonly<Record<Name, string>> {
  return Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ''])) as Record<Name, string>;
}

export const overview: Route = { screen: 'overview', filters: emptyFilters, metrics: emptyMetricFilters, retries: emptyRetryFilters, retry: '', letters: emptyLetterFilters, letter: '', flags: emptyFlagFilters, flag: '', audit: emptyAuditFilters, health: emptyHealthFilters };
