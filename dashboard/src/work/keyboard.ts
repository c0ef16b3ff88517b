import type { KeyActions } from '../ui/keyboard';

const press = (place: string, action: string) => (): void => document.querySelector<HTMLButtonElement>(`${place} [data-action="${action}"]`)?.click();

/**
 * Keys of a list of failed work, beside those of every list: replay, edit, give up what is open; and its causes. A button that is not there
 * does nothing.
 * @param place Where the item that is open stands.
 * @param actions How that list names the three.
 */
export const workKeys = (place: string, actions: Readonly<Record<'r' | 'e' | 'x', string>>): KeyActions => ({
  r: press(place, actions.r),
  e: press(place, actions.e),
  x: press(place, actions.x),
  g: () => document.querySelector<HTMLButtonElement>('.group-line')?.focus(),
});
