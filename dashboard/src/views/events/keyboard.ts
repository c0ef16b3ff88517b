// Keys of every list. Rows and the filter are found in the document: they exist on one screen and not on another.

export function focusFilter(): void {
  const field = document.querySelector<HTMLInputElement>('[data-filter="text"]');
  field?.focus();
  field?.select();
}

/** Moves the keyboard to the next or previous row; from elsewhere to the first. */
export function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLButtonElement>('.row-line')];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  rows[at < 0 ? 0 : at + step]?.focus();
}
