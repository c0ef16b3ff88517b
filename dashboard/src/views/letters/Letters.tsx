import { counted } from '../../format/numbers';
import { refine, route } from '../../route/location';
import { Failed } from '../../work/Failed';
import { isFilteringLetters } from './filters';
import { LetterDetail } from './LetterDetail';
import { LetterRow } from './LetterRow';
import { useLetters } from './LettersContext';
import type { LettersModel } from './LettersContext';

/** The list, or why there is none. */
export function Letters() {
  const { list, filters } = useLetters();
  const state = list.state.value;
  const rows = list.rows.value;
  const { letter } = route.value;
  const elsewhere = letter !== '' && !rows.some(({ id }) => String(id) === letter);
  return (
    <>
      {typeof state === 'object' ? <Failed fault={state} stale={rows.length > 0} again={() => void list.load(filters.peek())} /> : null}
      {elsewhere ? <Elsewhere id={letter} /> : null}
      {rows.length === 0 ? (
        <Nothing />
      ) : (
        <ol class="letter-list" aria-label="Dead letters, newest first" aria-busy={state === 'loading'}>
          {rows.map((row) => (
            <LetterRow key={row.id} letter={row} open={String(row.id) === letter} />
          ))}
        </ol>
      )}
      <More />
    </>
  );
}

/** The letter of the address, where the list does not have it: another filter, another page. */
function Elsewhere({ id }: { id: string }) {
  return (
    <section class="elsewhere" aria-labelledby="elsewhere-title">
      <div class="log-head">
        <h3 id="elsewhere-title">Dead letter {id}</h3>
        <button type="button" class="quiet" onClick={() => refine({ ...route.value, letter: '' })}>
          Close
        </button>
      </div>
      <LetterDetail id={id} />
    </section>
  );
}

function Nothing() {
  const { list, filters } = useLetters();
  const state = list.state.value;
  if (typeof state === 'object') return null;
  if (state !== 'ready') return <p class="muted empty">Looking in the store.</p>;
  return (
    <p class="muted empty">
      {isFilteringLetters(filters.value) ? 'No dead letter passes the filter.' : 'No dead letters. A row that the store refuses is kept here with the reason, so that it can be mended and stored after all.'}
    </p>
  );
}

function More() {
  const model = useLetters();
  const { list, filters } = model;
  if (list.next.value === null || list.isFull || list.state.value === 'loading more') return <p class="older muted">{endWords(model)}</p>;
  return (
    <div class="older">
      <button type="button" class="quiet" onClick={() => void list.more(filters.peek())}>
        Older letters
      </button>
    </div>
  );
}

function endWords({ list }: LettersModel): string {
  if (list.state.value === 'loading more') return 'Loading older letters.';
  if (list.next.value !== null) return 'Older ones are found with a filter.';
  return list.rows.value.length === 0 ? '' : `That is all: ${counted(list.rows.value.length, 'letter')}.`;
}
