import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { pretty } from '../format/json';
import { Diff } from './Diff';
import type { Unsaved } from './Desk';

interface PayloadEditorProps<Whole> {
  readonly whole: Whole;
  /** `dead letter 5`. */
  readonly name: string;
  /** The member of the request that the text becomes: faults are told by its fields. */
  readonly member: string;
  /** What can be done at once with what is saved: `replay`; null: nothing. */
  readonly then: string | null;
  readonly busy: boolean;
  /** What is wrong with a text before it is sent; null when nothing is. */
  readonly check: (text: string) => string | null;
  readonly save: (over: Whole, text: string, reason: string, then: boolean) => Promise<Unsaved<Whole> | null>;
  readonly cancel: () => void;
}

/**
 * Changes a payload: what will be different is shown before it is saved, and what the server finds wrong beside it. Whoever was overtaken
 * by somebody else's edit keeps their text, sees what the other one changed, and may save over that.
 */
export function PayloadEditor<Whole extends { readonly payload: string }>({ whole, name, member, then, busy, check, save, cancel }: PayloadEditorProps<Whole>) {
  // What the text is written over; a row that is read anew meanwhile does not change that unseen.
  const [base, setBase] = useState(whole);
  const [seenAtFirst] = useState(whole);
  const { payload } = base;
  const [text, setText] = useState(payload);
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState<Unsaved<Whole> | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => field.current?.focus(), []);
  // The buttons stand below what may be a long difference: whoever pressed one would not see why nothing came of it.
  useEffect(() => {
    if (refused !== null) notice.current?.scrollIntoView({ block: 'center' });
  }, [refused]);

  const fault = useMemo(() => check(text), [text]);
  const unfit = fault !== null || pretty(text) === payload || busy;
  const submit = (also: boolean): void => void save(base, text, reason, also).then(answered);
  const answered = (unsaved: Unsaved<Whole> | null): void => {
    setRefused(unsaved);
    if (unsaved?.newer != null) setBase(unsaved.newer);
  };
  const type = (written: string): void => {
    setText(written);
    setRefused(null);
  };
  return (
    <form class="editor payload-editor" aria-label={`Edit ${name}`} onSubmit={(event) => event.preventDefault()}>
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
      <div ref={notice}>
        <Faults fault={fault} refused={refused?.newer == null ? (refused?.fault ?? null) : null} member={member} />
        {base === seenAtFirst ? null : <Meanwhile name={name} before={seenAtFirst.payload} after={payload} take={() => type(payload)} />}
      </div>
      <Diff title={base === seenAtFirst ? 'what changes' : 'what your text changes of it'} before={payload} after={fault === null ? pretty(text) : null} />
      <label>
        Reason, for the audit (optional)
        <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <p class="actions">
        {then === null ? null : (
          <button type="button" disabled={unfit} onClick={() => submit(true)}>
            Save and {then}
          </button>
        )}
        <button type="button" disabled={unfit} onClick={() => submit(false)}>
          Save
        </button>
        <button type="button" class="quiet" onClick={cancel}>
          Cancel
        </button>
      </p>
    </form>
  );
}

/** Field by field, as the server names them. */
function Faults({ fault, refused, member }: { fault: string | null; refused: Unsaved<unknown>['fault'] | null; member: string }) {
  return (
    <div id="payload-faults" class="faults payload-faults" role="alert">
      {fault === null ? null : <p>{fault}</p>}
      {refused === null ? null : (
        <>
          <p>
            <b>{refused.message}</b> {refused.detail}
          </p>
          <ul>
            {refused.fields.map(({ field, message }) => (
              <li key={field + message}>
                <code>{field.startsWith(`${member}.`) ? field.slice(member.length + 1) : field}</code> {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** What somebody else has made of it while this person was writing. */
function Meanwhile({ name, before, after, take }: { name: string; before: string; after: string; take: () => void }) {
  return (
    <div class="meanwhile">
      <p role="alert">
        <b>Somebody else has edited {name} while you were writing.</b> Nothing was saved, and your text is as you left it. Saving now replaces what they made of it.
      </p>
      <Diff title="what they changed" before={before} after={after} />
      <p class="actions">
        <button type="button" class="quiet" onClick={take}>
          Begin with theirs
        </button>
      </p>
    </div>
  );
}
