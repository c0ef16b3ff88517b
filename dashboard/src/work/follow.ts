import { effect } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';

/** How long the keys must rest before the store is asked. */
const typingPauseMs = 200;

/** Loads at once, and anew when the filters have changed and the keys rest. Returns how to stop. */
export function onFilters<Filters>(filters: ReadonlySignal<Filters>, load: (filters: Filters) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let first = true;
  const stop = effect(() => {
    const wanted = filters.value;
    clearTimeout(timer);
    timer = setTimeout(() => load(wanted), first ? 0 : typingPauseMs);
    first = false;
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
