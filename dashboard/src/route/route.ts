import { emptyFilters, filterNames } from '../views/events/filters';
import type { EventFilters } from '../views/events/filters';
import { emptyLetterFilters, letterFilterNames } from '../views/letters/filters';
import type { LetterFilters } from '../views/letters/filters';

/** The screens; each is one address, so that a view can be sent to a colleague. */
export const screens = ['overview', 'events', 'dead-letters'] as const;

export type Screen = (typeof screens)[number];

export interface Route {
  readonly screen: Screen;
  /** Of the event log, which stands on two screens. */
  readonly filters: EventFilters;
  /** Of the dead letters. */
  readonly letters: LetterFilters;
  /** Number of the dead letter that is open; empty when none is. */
  readonly letter: string;
}

/** `#/events?event_type=order.failed&text=timeout`; what is not understood means the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const screen = screens.find((one) => one === path) ?? 'overview';
  return screen === 'dead-letters'
    ? { ...overview, screen, letters: read(letterFilterNames, parameters), letter: /^\d+$/.exec(parameters.get('letter') ?? '')?.[0] ?? '' }
    : { ...overview, screen, filters: read(filterNames, parameters) };
}

/** Only what the screen shows stands in its address. */
export function formatRoute({ screen, filters, letters, letter }: Route): string {
  const shown: Readonly<Record<string, string>> = screen === 'dead-letters' ? { ...letters, letter } : filters;
  const query = new URLSearchParams(Object.entries(shown).filter(([, value]) => value !== '')).toString();
  return `#/${screen === 'overview' ? '' : screen}${query === '' ? '' : `?${query}`}`;
}

function read<Name extends string>(names: readonly Name[], parameters: URLSearchParams): Readonly<Record<Name, string>> {
  return Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ''])) as Record<Name, string>;
}

export const overview: Route = { screen: 'overview', filters: emptyFilters, letters: emptyLetterFilters, letter: '' };
