// Keys of this screen, beside those of every list. The letter meant is the one that is open; a button that is not there does nothing.

const press = (action: string) => (): void => document.querySelector<HTMLButtonElement>(`.letter-detail [data-action="${action}"]`)?.click();

export const lettersKeys: Readonly<Record<string, () => void>> = {
  r: press('replay'),
  e: press('edit'),
  x: press('discard'),
  g: () => document.querySelector<HTMLButtonElement>('.group-line')?.focus(),
};
