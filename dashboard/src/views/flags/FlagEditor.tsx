import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { FlagDraft, WholeFlag } from '../../api/flags';
import { pretty } from '../../format/json';
import { Diff } from '../../work/Diff';
import type { Flag } from '../../wire/flags';
import { fieldText, isPlain, readField, readRuleText, ruleOutline } from './draft';
import type { Unsaved } from './FlagDesk';
import { useFlags } from './FlagsContext';
import { applyWords, originTitles, refusedWords, replacedWords, valueWords } from './words';
import { ValueField } from './ValueField';

/**
 * Sets a value for everybody, or a rule. What the server finds wrong stands beside it. Whoever was overtaken by somebody else keeps what
 * they wrote, sees what the other one made of it, and may save over that.
 */
export function FlagEditor({ whole }: { whole: WholeFlag }) {
  const { desk } = useFlags();
  // What the draft is written over; a flag that is read anew meanwhile does not change that unseen.
  const [base, setBase] = useState(whole);
  const [seenAtFirst] = useState(whole);
  const [kind, setKind] = useState<FlagDraft['kind']>(isPlain(whole.flag) ? 'value' : 'rule');
  const [value, setValue] = useState(fieldText(whole.flag.type, whole.value));
  const [rule, setRule] = useState(whole.rule || ruleOutline(whole));
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState<Unsaved | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const notice = useRef<HTMLDivElement>(null);
  const { flag } = base;
  useEffect(() => form.current?.querySelector<HTMLElement>('textarea, select, [role="switch"], input[type="text"]')?.focus(), []);
  useEffect(() => {
    if (refused !== null) notice.current?.scrollIntoView({ block: 'center' });
  }, [refused]);

  const draft = useMemo(() => (kind === 'value' ? readField(flag.type, value) : readRuleText(rule)), [kind, value, rule, flag.type]);
  const unfit = draft.json === null || desk.busy.value || isAsItIs(base, kind, draft.json);
  const save = (event: Event): void => {
    event.preventDefault();
    if (!unfit && draft.json !== null) void desk.save(base, { kind, json: draft.json }, reason).then(answered);
  };
  const answered = (unsaved: Unsaved | null): void => {
    setRefused(unsaved);
    if (unsaved?.newer != null) setBase(unsaved.newer);
  };
  const change = (set: (text: string) => void) => (text: string) => {
    set(text);
    setRefused(null);
  };
  const wrong = draft.fault !== null || (refused !== null && refused.newer === null);
  return (
    <form ref={form} class="editor flag-editor" aria-label={`Change ${flag.name}`} onSubmit={save}>
      {flag.forClients ? <Kinds kind={kind} choose={setKind} /> : null}
      {kind === 'value' ? (
        <ValueField flag={flag} text={value} wrong={wrong} change={change(setValue)} />
      ) : (
        <label>
          Rule
          <textarea spellcheck={false} rows={Math.min(24, rule.split('\n').length + 1)} value={rule} aria-invalid={wrong} aria-describedby="flag-faults" onInput={(event) => change(setRule)(event.currentTarget.value)} />
        </label>
      )}
      <div ref={notice}>
        <Faults fault={draft.fault} refused={refused} flag={whole.flag} />
        {base === seenAtFirst ? null : <Meanwhile before={seenAtFirst} after={base} />}
      </div>
      <Consequence base={base} kind={kind} json={draft.json} />
      <label>
        Reason, for the history (optional)
        <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <p class="actions">
        <button type="submit" disabled={unfit}>
          Set
        </button>
        <button type="button" class="quiet" onClick={() => (desk.editing.value = false)}>
          Cancel
        </button>
      </p>
    </form>
  );
}

/** Setting what is set already would only make noise in the history. */
function isAsItIs({ flag, value, rule }: WholeFlag, kind: FlagDraft['kind'], json: string): boolean {
  if (kind === 'rule') return rule !== '' && pretty(json) === rule;
  return flag.origin === 'runtime' && flag.version > 0 && isPlain(flag) && flag.rule?.enabled !== false && pretty(json) === pretty(value);
}

const kinds: readonly (readonly [FlagDraft['kind'], string])[] = [
  ['value', 'One value for everybody'],
  ['rule', 'A rule: who gets what'],
];

function Kinds({ kind, choose }: { kind: FlagDraft['kind']; choose: (kind: FlagDraft['kind']) => void }) {
  return (
    <fieldset class="kinds">
      <legend class="visually-hidden">What to set</legend>
      {kinds.map(([one, title]) => (
        <label key={one} class="check">
          <input type="radio" name="flag-kind" value={one} checked={kind === one} onChange={() => choose(one)} />
          {title}
        </label>
      ))}
    </fieldset>
  );
}

/** Field by field, as the server names them; and which layer would hide it. */
function Faults({ fault, refused, flag }: { fault: string | null; refused: Unsaved | null; flag: Flag }) {
  const known = refused !== null && refused.newer === null ? refused.fault : null;
  return (
    <div id="flag-faults" class="faults" role="alert">
      {fault === null ? null : <p>{fault}</p>}
      {known === null ? null : (
        <>
          <p>
            <b>{known.message}</b> {refusedWords(known, flag)}
          </p>
          <ul>
            {known.fields.map(({ field, message }) => (
              <li key={field + message}>
                <code>{field}</code> {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** What somebody else has made of it while this person was writing. */
function Meanwhile({ before, after }: { before: WholeFlag; after: WholeFlag }) {
  const { value, origin, updatedBy } = after.flag;
  return (
    <div class="meanwhile">
      <p role="alert">
        <b>Somebody else has changed it meanwhile{after.flag.version > 0 ? ` (${updatedBy})` : ''}.</b> Nothing was set, and what you wrote is as you left it. It is{' '}
        {after.flag.version === 0 && after.flag.environmentName === '' ? 'gone' : `${valueWords(value)} now (${originTitles[origin]})`}. Setting yours replaces what they made of it.
      </p>
      {before.rule === after.rule ? null : <Diff title="what they changed of the rule" before={before.rule} after={after.rule} />}
    </div>
  );
}

function Consequence({ base, kind, json }: { base: WholeFlag; kind: FlagDraft['kind']; json: string | null }) {
  const { flag } = base;
  const lost = replacedWords(flag, kind);
  return (
    <>
      {kind === 'rule' ? <Diff title="what changes" before={base.rule} after={json === null ? null : pretty(json)} /> : null}
      {kind === 'value' && json !== null ? (
        <p class="muted">
          {isAsItIs(base, kind, json) ? 'Nothing is changed yet.' : `Now ${valueWords(flag.value)} (${originTitles[flag.origin]}); then ${valueWords(JSON.parse(json))}, ${applyWords[flag.apply]}.`}
        </p>
      ) : null}
      {lost === '' ? null : <p class="note">{lost}</p>}
    </>
  );
}
