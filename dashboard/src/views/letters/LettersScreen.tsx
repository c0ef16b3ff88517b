import { computed, effect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { DeadLettersApi } from '../../api/deadLetters';
import { usePage } from '../../context';
import { route } from '../../route/location';
import { deadLettered } from '../../state/waiting';
import { Confirm } from '../../work/Confirm';
import { onFilters } from '../../work/follow';
import { workKeys } from '../../work/keyboard';
import { onKeys } from '../../ui/keyboard';
import { Groups } from './Groups';
import { LetterActions } from './LetterActions';
import { LetterDesk } from './LetterDesk';
import { LetterFilterBar } from './LetterFilterBar';
import { LetterList } from './LetterList';
import { Letters } from './Letters';
import { LettersContext } from './LettersContext';
import type { LettersModel } from './LettersContext';
import { Outcome } from './Outcome';
import { PurgeDialog } from './PurgeDialog';
import { Totals } from './Totals';
import './letters.css';

const keys = workKeys('.letter-detail', { r: 'replay', e: 'edit', x: 'discard' });

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
  useEffect(() => onKeys(keys), []);

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
      <PurgeDialog />
    </LettersContext.Provider>
  );
}

/** Asks anew when the filter, the open letter or the number of dead letters changes. */
function follow({ list, desk, filters }: LettersModel, waiting: { readonly value: number }): () => void {
  let known: number | null = null;
  const letter = computed(() => route.value.letter);
  const stops = [
    onFilters(filters, (wanted) => void list.load(wanted)),
    effect(() => void desk.open(letter.value)),
    effect(() => {
      const now = waiting.value;
      if (known !== null && now !== known) void list.recount(filters.peek(), false);
      known = now;
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    list.stop();
    desk.stop();
  };
}
