import { emptyFilters, filterNames } from '../views/events/filters';
import type { EventFilters } from '../views/events/filters';

/** The screens; each is one address, so that a view can be sent to a colleague. */
export const screens = ['overview', 'events'] as const;

export type Screen = (typeof screens)[number];

export interface Route {
  readonly screen: Screen;
  readonly filters: EventFilters;
}

/** `#/events?event_type=order.failed&text=timeout`; what is not understood means the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const filters = Object.fromEntries(filterNames.map((name) => [name, parameters.get(name) ?? ''])) as EventFilters;
  return { screen: screens.find((screen) => screen === path) ?? 'overview', filters };
}

export function formatRoute({ screen, filters }: Route): string {
  const parameters = new URLSearchParams(filterNames.filter((name) => filters[name] !== '').map((name) => [name, filters[name]]));
  const query = parameters.toString();
  return `#/${screen === 'overview' ? '' : screen}${query === '' ? '' : `?${query}`}`;
}

export const overview: Route = { screen: 'overview', filters: emptyFilters };
