import { useState } from 'preact/hooks';
import { ApiFault } from '../../api/request';
import { count } from '../../format/numbers';
import type { Explanation, Flag } from '../../wire/flags';
import { readContext } from './draft';
import { useFlags } from './FlagsContext';
import { valueWords } from './words';

/** Why does this one get this value? */
export function Explain({ flag }: { flag: Flag }) {
  const { api } = useFlags();
  const [key, setKey] = useState('');
  const [attributes, setAttributes] = useState('');
  const [answer, setAnswer] = useState<{ readonly version: number; readonly of: Explanation | ApiFault } | null>(null);
  const context = readContext(key, attributes);
  const ask = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (context.json === null) return;
    setAnswer({ version: flag.version, of: await api.explain(flag.name, context.json).catch(ApiFault.of) });
  };
  return (
    <details class="explain">
      <summary>What does somebody get, and why?</summary>
      <form class="editor" aria-label={`Explain ${flag.name}`} onSubmit={(event) => void ask(event)}>
        <div class="asked">
          <label>
            Targeting key
            <input type="text" placeholder="user-1" autocomplete="off" spellcheck={false} value={key} onInput={(event) => setKey(event.currentTarget.value)} />
          </label>
          <label>
            What is known of them (JSON, optional)
            <input type="text" placeholder='{"plan": "pro"}' autocomplete="off" spellcheck={false} value={attributes} aria-invalid={context.fault !== null} aria-describedby="context-fault" onInput={(event) => setAttributes(event.currentTarget.value)} />
          </label>
        </div>
        <p id="context-fault" class="faults" role="alert">
          {context.fault}
        </p>
        <p class="actions">
          <button type="submit" disabled={context.json === null}>
            Explain
          </button>
        </p>
      </form>
      <div role="status">{answer === null ? null : answer.of instanceof ApiFault ? <Refused fault={answer.of} /> : <Answer answer={answer.of} isOld={answer.version !== flag.version} />}</div>
    </details>
  );
}

function Refused({ fault }: { fault: ApiFault }) {
  return (
    <p class="faults">
      <b>{fault.message}</b> {fault.detail}
    </p>
  );
}

function Answer({ answer: { value, variant, reason, bucket, trace }, isOld }: { answer: Explanation; isOld: boolean }) {
  return (
    <div class="answer">
      <p>
        <b>{valueWords(value)}</b>
        {variant === '' ? '' : `, variant ${variant}`} ({reason.toLowerCase().replaceAll('_', ' ')}
        {bucket === null ? '' : `, bucket ${count(bucket)} of 100,000`}){isOld ? ': before the flag was changed. Ask again.' : ''}
      </p>
      <ol>
        {trace.map((line, at) => (
          <li key={at}>{line}</li>
        ))}
      </ol>
    </div>
  );
}
