/** What each key does. */
export type KeyActions = Readonly<Record<string, () => void>>;

/**
 * Calls `actions[key]` for keys typed outside of fields, and without modifiers that belong to the browser. Once for each time a key is pressed:
 * who holds `r` does not mean ten replays.
 * @param whileHeld Those that go on while the key is held.
 */
export function onKeys(actions: KeyActions, whileHeld: KeyActions = {}): () => void {
  const listen = (event: KeyboardEvent): void => {
    const action = whileHeld[event.key] ?? (event.repeat ? undefined : actions[event.key]);
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
