import { computed, effect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { DeadLettersApi } from '../../api/deadLetters';
import { usePage } from '../../context';
import { route } from '../../route/location';
import { deadLettered } from '../../state/waiting';
import { onKeys } from '../../ui/keyboard';
import { Confirm } from './Confirm';
import { Groups } from './Groups';
import { LetterActions } from './LetterActions';
import { LetterDesk } from './LetterDesk';
import { LetterFilterBar } from './LetterFilterBar';
import { LetterList } from './LetterList';
import { Letters } from './Letters';
import { lettersKeys } from './keyboard';
import { LettersContext } from './LettersContext';
import type { LettersModel } from './LettersContext';
import { Outcome } from './Outcome';
import { Totals } from './Totals';
import './letters.css';

/** How long the keys must rest before the store is asked. */
const typingPauseMs = 200;

/** Rows that the store refused: what they are, why, and what to do about them. */
export function LettersScreen() {
  const { store } = usePage();
  const model = useMemo(() => {
    const api = new DeadLettersApi(document.baseURI);
    const filters = computed(() => route.value.letters);
    const list = new LetterList(api);
    return { api, filters, list, desk: new LetterDesk(api, list, () => filters.peek()) };
  }, []);
  useEffect(() => follow(model, computed(() => deadLettered(store.ledger.value))), [model, store]);
  useEffect(() => onKeys(lettersKeys), []);

  return (
    <LettersContext.Provider value={model}>
      <section class="panel log letters" aria-labelledby="letters-title">
        <div class="log-head">
          <h2 id="letters-title">Dead letters</h2>
          <Totals />
          <LetterFilterBar />
        </div>
        <LetterActions />
        <Outcome />
        <Groups />
        <Letters />
      </section>
      <Confirm />
    </LettersContext.Provider>
  );
}

/** Asks anew when the filter, the open letter or the number of dead letters changes. */
function follow({ list, desk, filters }: LettersModel, waiting: { readonly value: number }): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let first = true;
  let known: number | null = null;
  const letter = computed(() => route.value.letter);
  const stops = [
    effect(() => {
      const wanted = filters.value;
      clearTimeout(timer);
      timer = setTimeout(() => void list.load(wanted), first ? 0 : typingPauseMs);
      first = false;
    }),
    effect(() => void desk.open(letter.value)),
    effect(() => {
      const now = waiting.value;
      if (known !== null && now !== known) void list.recount(filters.peek(), false);
      known = now;
    }),
  ];
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
    list.stop();
    desk.stop();
  };
}
