import { useEffect, useRef, useState } from 'preact/hooks';
import { question } from './question';
import type { Question } from './question';
import './work.css';

/** Asks before something is done that cannot be taken back, or concerns many. */
export function Confirm() {
  const dialog = useRef<HTMLDialogElement>(null);
  const asked = question.value;
  useEffect(() => {
    if (asked !== null) dialog.current?.showModal();
    else dialog.current?.close();
  }, [asked]);
  useEffect(() => () => void (question.value = null), []);
  return (
    <dialog ref={dialog} class="panel" aria-labelledby="question-title" onClose={() => (question.value = null)}>
      {asked === null ? null : <Asked key={asked.title} asked={asked} />}
    </dialog>
  );
}

function Asked({ asked }: { asked: Question }) {
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const answer = (event: Event): void => {
    event.preventDefault();
    question.value = null;
    asked.act(reason);
  };
  return (
    <form class="question" onSubmit={answer}>
      <h2 id="question-title">{asked.title}</h2>
      <p>{asked.text}</p>
      <label>
        Reason, for the audit (optional)
        <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {asked.typed === '' ? null : (
        <label>
          Type {asked.typed} to go on
          <input type="text" inputMode="numeric" autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
      )}
      <p class="actions">
        <button type="submit" disabled={typed !== asked.typed}>
          {asked.button}
        </button>
        <button type="button" class="quiet" onClick={() => (question.value = null)}>
          Cancel
        </button>
      </p>
    </form>
  );
}
