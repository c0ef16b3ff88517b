import { origins } from '../../wire/flags';
import type { Flag } from '../../wire/flags';
import type { FlagFilters } from './filters';

/** Whether it is anything but what the product comes with. What somebody made always is. */
export function isChanged({ layers, value, rule }: Flag): boolean {
  const usual = layers.find(({ origin }) => origin === 'default');
  return usual === undefined || rule !== null || JSON.stringify(usual.value) !== JSON.stringify(value);
}

/** The words may stand anywhere, in any order. */
export function passes(flag: Flag, { text, origin, changed }: FlagFilters): boolean {
  if (origin !== '' && flag.origin !== origin) return false;
  if (changed !== '' && !isChanged(flag)) return false;
  const searched = `${flag.name} ${flag.description} ${JSON.stringify(flag.value)}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => searched.includes(word));
}

/** The layer above run time that says something: what is set would have no effect. */
export const shadowOf = ({ layers }: Flag): Flag['origin'] | null => layers.find(({ origin }) => origins.indexOf(origin) < origins.indexOf('runtime'))?.origin ?? null;

/** The value that would be in effect without the layer that wins; null when it is the only one. */
export function nextBelow({ layers, origin }: Flag): Flag['layers'][number] | null {
  return layers.find((layer) => origins.indexOf(layer.origin) > origins.indexOf(origin)) ?? null;
}
