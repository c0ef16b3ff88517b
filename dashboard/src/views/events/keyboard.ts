// Keys of every list. Rows and the filter are found in the document: they exist on one screen and not on another.

/** The one for text, and where there is none the first. */
export function focusFilter(): void {
  const field = document.querySelector<HTMLElement>('[data-filter="text"]') ?? document.querySelector<HTMLElement>('.filters [data-filter]');
  field?.focus();
  if (field instanceof HTMLInputElement) field.select();
}

/** Moves the keyboard to the next or previous row; from elsewhere to the first. */
export function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLButtonElement>('.row-line')];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  rows[at < 0 ? 0 : at + step]?.focus();
}
