import { signal } from '@preact/signals';
import { formatRoute, parseRoute } from './route';
import type { Route } from './route';

export const route = signal<Route>(parseRoute(location.hash));

window.addEventListener('hashchange', () => (route.value = parseRoute(location.hash)));

/** Goes to another view; the Back button comes back. */
export function goTo(next: Route): void {
  history.pushState(null, '', addressOf(next));
  route.value = next;
}

/** Changes the view in place: typing a filter is not a journey. */
export function refine(next: Route): void {
  history.replaceState(null, '', addressOf(next));
  route.value = next;
}

/** With its path: a bare `#...` would be resolved against the document's base, which may be another address. */
const addressOf = (next: Route): string => location.pathname + location.search + formatRoute(next);
