import { computed, effect } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { usePage } from '../context';
import { assess } from '../health/assess';
import { connectionWords } from '../views/connection';

/** A screen reader that is told every second tells nothing. */
const atMostEveryMs = 5000;

/** Says in one sentence how things stand, when that has changed, for those who do not see the page. */
export function Announcer() {
  const { store } = usePage();
  const sentence = useMemo(() => computed(() => `${connectionWords(store.connectionState.value)}. ${assess(store.state.value).headline}`), [store]);
  const [said, setSaid] = useState('');

  useEffect(() => {
    let saidAt = -Infinity;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = effect(() => {
      const next = sentence.value;
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          saidAt = Date.now();
          setSaid(next);
        },
        Math.max(0, saidAt + atMostEveryMs - Date.now()),
      );
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [sentence]);

  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}
