/** Calls `actions[key]` for keys typed outside of fields, and without modifiers that belong to the browser. */
export function onKeys(actions: Readonly<Record<string, () => void>>): () => void {
  const listen = (event: KeyboardEvent): void => {
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isField(event.target) && event.key !== 'Escape') return;
    // A question is answered first: no key does anything to what stands behind it.
    if (document.querySelector('dialog[open]') !== null) return;
    if (event.key !== 'Escape') event.preventDefault();
    action();
  };
  document.addEventListener('keydown', listen);
  return () => document.removeEventListener('keydown', listen);
}

const isField = (target: EventTarget | null): boolean => target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
