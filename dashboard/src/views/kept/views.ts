import { formatRoute, parseRoute } from '../../route/route';
import type { Route, Screen } from '../../route/route';
import type { Kept } from '../../wire/preferences';
import type { Json } from '../../wire/read';
import { text } from '../../wire/read';

/** A view under a name. */
export interface View {
  readonly key: string;
  readonly name: string;
  readonly address: string;
}

export const nameMax = 60;

const prefix = (screen: Screen): string => `view.${screen}.`;

/** The views of a screen, by name. */
export function viewsOf(screen: Screen, documents: Iterable<Kept>): readonly View[] {
  return [...documents]
    .filter(({ key }) => key.startsWith(prefix(screen)))
    .map(({ key, value }) => ({ key, name: text(value.name, key), address: formatRoute(parseRoute(text(value.address))) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Where a name is kept: the same name is the same view. Names may have any letters, keys may not. */
export function keyOf(screen: Screen, name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `${prefix(screen)}${plain.slice(0, 40)}.${hash(name)}`;
}

/** What of a view is kept: what was opened in it was for the moment. */
export const documentOf = (name: string, route: Route): Json => ({ name, address: addressOf(route) });

export const addressOf = (route: Route): string => formatRoute({ ...route, retry: '', letter: '', flag: '' });

/** FNV-1a: it tells names apart whose letters no key may have. */
function hash(name: string): string {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16);
}
