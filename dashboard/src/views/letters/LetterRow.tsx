import { usePage } from '../../context';
import { visible } from '../../format/json';
import { goTo, route } from '../../route/location';
import type { Letter } from '../../wire/deadLetters';
import { LetterDetail } from './LetterDetail';
import { agoWords } from './words';

/** A line of the list; it opens to everything that is known of the letter. */
export function LetterRow({ letter, open }: { letter: Letter; open: boolean }) {
  const { store } = usePage();
  return (
    <li data-status={letter.status} data-letter={letter.id}>
      <button type="button" class="row-line letter-line" aria-expanded={open} onClick={() => goTo({ ...route.value, letter: open ? '' : String(letter.id) })}>
        <time class="age figure" {...dateTime(letter.createdAt)}>
          {agoWords(letter.createdAt, store.serverNow.value)}
        </time>
        <span class="status">{letter.status}</span>
        <span class="kind">{letter.kind}</span>
        <b class="type">{visible(letter.subject) || 'unreadable row'}</b>
        <span class="reason">{letter.reason}</span>
        <span class="tries figure" title="Attempts so far, and at most">
          {letter.retryCount}/{letter.retriesMax}
          <span class="visually-hidden"> attempts</span>
        </span>
      </button>
      {open ? <LetterDetail id={String(letter.id)} /> : null}
    </li>
  );
}

const dateTime = (instant: number | null): { dateTime?: string; title?: string } => {
  if (instant === null) return {};
  const written = new Date(instant).toISOString();
  return { dateTime: written, title: written };
};
