import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ApiFault } from '../../api/request';
import type { WholeLetter } from '../../api/deadLetters';
import { diffLines, folded } from '../../format/diff';
import { pretty } from '../../format/json';
import { useLetters } from './LettersContext';
import { payloadFault } from './words';

/** Changes a payload: what will be different is shown before it is saved, and what the server finds wrong beside it. */
export function LetterEditor({ whole: { letter, payload } }: { whole: WholeLetter }) {
  const { desk } = useLetters();
  const [text, setText] = useState(payload);
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState<ApiFault | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);

  const fault = useMemo(() => payloadFault(text), [text]);
  const unfit = fault !== null || pretty(text) === payload || desk.busy.value;
  const save = (thenReplay: boolean): void => void desk.save(letter.id, text, reason, thenReplay).then(setRefused);
  const type = (written: string): void => {
    setText(written);
    setRefused(null);
  };
  return (
    <form class="letter-editor" aria-label={`Edit dead letter ${letter.id}`} onSubmit={(event) => event.preventDefault()}>
      <label>
        Payload
        <textarea
          ref={field}
          spellcheck={false}
          rows={Math.min(24, text.split('\n').length + 1)}
          value={text}
          aria-invalid={fault !== null || refused !== null}
          aria-describedby="payload-faults"
          onInput={(event) => type(event.currentTarget.value)}
        />
      </label>
      <Faults fault={fault} refused={refused} />
      <Diff before={payload} after={fault === null ? pretty(text) : null} />
      <label>
        Reason, for the audit (optional)
        <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <p class="actions">
        <button type="button" disabled={unfit} onClick={() => save(true)}>
          Save and replay
        </button>
        <button type="button" disabled={unfit} onClick={() => save(false)}>
          Save
        </button>
        <button type="button" class="quiet" onClick={() => (desk.editing.value = false)}>
          Cancel
        </button>
      </p>
    </form>
  );
}

/** Field by field, as the server names them. */
function Faults({ fault, refused }: { fault: string | null; refused: ApiFault | null }) {
  return (
    <div id="payload-faults" class="payload-faults" role="alert">
      {fault === null ? null : <p>{fault}</p>}
      {refused === null ? null : (
        <>
          <p>
            <b>{refused.message}</b> {refused.detail}
          </p>
          <ul>
            {refused.fields.map(({ field, message }) => (
              <li key={field + message}>
                <code>{field.replace(/^original_payload\./, '')}</code> {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

const signs = { same: ' ', removed: '-', added: '+' } as const;

function Diff({ before, after }: { before: string; after: string | null }) {
  const lines = useMemo(() => (after === null || after === before ? [] : folded(diffLines(before, after))), [before, after]);
  if (lines.length === 0) return <p class="muted">{after === null ? 'What changes is shown when the payload is JSON.' : 'Nothing is changed yet.'}</p>;
  return (
    <figure class="json">
      <figcaption>what changes</figcaption>
      <pre class="diff" tabIndex={0}>
        {lines.map((line, at) =>
          line.kind === 'skipped' ? (
            <span key={at} class="skipped">{`  ${line.lines} more as they were\n`}</span>
          ) : (
            <span key={at} class={line.kind}>{`${signs[line.kind]} ${line.text}\n`}</span>
          ),
        )}
      </pre>
    </figure>
  );
}
