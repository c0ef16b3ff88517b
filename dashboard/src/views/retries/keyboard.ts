// Keys of this screen, beside those of every list. The retry meant is the one that is open; a button that is not there does nothing.

const press = (action: string) => (): void => document.querySelector<HTMLButtonElement>(`.retry-detail [data-action="${action}"]`)?.click();

export const retriesKeys: Readonly<Record<string, () => void>> = {
  r: press('requeue'),
  e: press('edit'),
  x: press('cancel'),
  g: () => document.querySelector<HTMLButtonElement>('.group-line')?.focus(),
};
