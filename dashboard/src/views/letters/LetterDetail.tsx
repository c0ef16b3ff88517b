import { useEffect } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { ApiFault } from '../../api/request';
import type { WholeLetter } from '../../api/deadLetters';
import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { bytes, count, counted } from '../../format/numbers';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import { Fact, Moment } from '../../work/Facts';
import { question } from '../../work/question';
import type { Letter } from '../../wire/deadLetters';
import { LetterEditor } from './LetterEditor';
import { useLetters } from './LettersContext';
import type { LettersModel } from './LettersContext';
import { allowed, placeWords } from './words';

/** All that is known of a letter, read anew when it is opened. */
export function LetterDetail({ id }: { id: string }) {
  const { desk } = useLetters();
  const opened = desk.opened.value;
  const whole = opened?.id === id ? opened.whole : null;
  if (whole === null) return <div class="event-detail letter-detail muted">Reading dead letter {id}.</div>;
  return (
    <div class="event-detail letter-detail">
      {whole instanceof ApiFault ? (
        <p role="alert">
          <b>{whole.message}</b> {whole.detail}
        </p>
      ) : (
        <Whole whole={whole} />
      )}
    </div>
  );
}

function Whole({ whole }: { whole: WholeLetter }) {
  const { desk } = useLetters();
  return (
    <>
      <Facts letter={whole.letter} />
      {desk.editing.value ? <LetterEditor whole={whole} /> : <Payload whole={whole} />}
    </>
  );
}

function Facts({ letter }: { letter: Letter }) {
  return (
    <dl>
      <Fact name="reason" value={letter.reason} />
      <Fact name="where" value={placeWords(letter)} />
      <Fact name="state" value={`${letter.status}, ${letter.retryCount} of ${letter.retriesMax} attempts used`} />
      <Fact name="edited" value={letter.version === 1 ? '' : counted(letter.version - 1, 'time')} />
      <Moment name="next try" at={letter.nextRetryAt} />
      <Moment name="last try" at={letter.lastRetryAt} />
      <Moment name="recovered" at={letter.recoveredAt} />
      <Moment name="lease" at={letter.leaseUntil} more={letter.leasedBy} />
      <Moment name="refused" at={letter.createdAt} />
      <Moment name="received" at={letter.receivedAt} />
      <Fact name="sequence" value={letter.sequenceId === null ? '' : count(letter.sequenceId)} />
      <Fact name="place" value={letter.place} />
      <Fact name="size" value={`${bytes(letter.sizeBytes)}${letter.rowCount === 1 ? '' : `, ${count(letter.rowCount)} rows`}`} />
    </dl>
  );
}

const nothing = { act: false, edit: false } as const;

/** Always as text: what clients send is never markup here. */
function Payload({ whole: { letter, payload } }: { whole: WholeLetter }) {
  const model = useLetters();
  const { api, desk } = model;
  const { store } = usePage();
  const may = mayOperate.value ? allowed(letter, store.serverNow.value) : nothing;
  const busy = desk.busy.value;
  useEffect(() => focusRow(letter.id), [busy]);
  return (
    <>
      <figure class="json">
        <figcaption>payload</figcaption>
        <pre tabIndex={0}>{payload}</pre>
      </figure>
      <p class="actions">
        {may.act ? (
          <button type="button" data-action="replay" disabled={busy} onClick={() => void desk.replay(letter.id)}>
            Replay
          </button>
        ) : null}
        {may.edit ? (
          <button type="button" data-action="edit" disabled={busy} onClick={() => (desk.editing.value = true)}>
            Edit
          </button>
        ) : null}
        {may.act ? (
          <button type="button" data-action="discard" disabled={busy} onClick={() => askDiscard(model, letter)}>
            Discard
          </button>
        ) : null}
        <CopyButton label="Copy JSON" text={() => payload} />
        <CopyButton label="Copy as curl" text={() => curlGet(api.letterUrl(letter.id))} />
        <button type="button" class="quiet" onClick={() => refine({ ...route.value, letters: { ...route.value.letters, fingerprint: letter.fingerprint } })}>
          Only this cause
        </button>
      </p>
    </>
  );
}

/** A button that goes away, or rests while something is done, takes the keyboard with it: it goes on from the row. */
function focusRow(id: number): void {
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLButtonElement>(`[data-letter="${id}"] .letter-line`)?.focus({ preventScroll: true });
}

function askDiscard({ desk }: LettersModel, { id }: Letter): void {
  question.value = {
    title: `Discard dead letter ${id}?`,
    text: 'It is given up: it counts as discarded in the ledger, is never tried again, and is kept until it is purged.',
    button: 'Discard',
    typed: '',
    act: (reason) => void desk.discard(id, reason),
  };
}
