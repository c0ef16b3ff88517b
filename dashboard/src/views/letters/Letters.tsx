import { useEffect } from 'preact/hooks';
import type { ApiFault } from '../../api/request';
import { counted } from '../../format/numbers';
import { refine, route } from '../../route/location';
import { isFilteringLetters } from './filters';
import { LetterDetail } from './LetterDetail';
import { LetterRow } from './LetterRow';
import { useLetters } from './LettersContext';
import type { LettersModel } from './LettersContext';

/** After which time a store that is away is asked again if it does not say. */
const askAgainMs = 5000;

/** The list, or why there is none. */
export function Letters() {
  const { list } = useLetters();
  const state = list.state.value;
  const rows = list.rows.value;
  const { letter } = route.value;
  const elsewhere = letter !== '' && !rows.some(({ id }) => String(id) === letter);
  return (
    <>
      {typeof state === 'object' ? <Failed fault={state} /> : null}
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

/** Says what is wrong and what to do, and asks again by itself: a store comes back. */
function Failed({ fault }: { fault: ApiFault }) {
  const { list, filters } = useLetters();
  const again = (): void => void list.load(filters.peek());
  useEffect(() => {
    if (fault.status !== 503 && fault.status !== 0) return undefined;
    const timer = setTimeout(again, fault.retryAfterMs ?? askAgainMs);
    return () => clearTimeout(timer);
  }, [fault]);
  return (
    <div class="failed" role="alert">
      <p>
        <b>{fault.message}</b> {fault.detail} {fault.fields.map(({ field, message }) => `${field}: ${message}`).join(' ')}
        {list.rows.value.length === 0 ? '' : ' What is below was read before.'}
      </p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
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
