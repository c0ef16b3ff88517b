import { useEffect, useRef, useState } from 'preact/hooks';
import { asked, signIn } from '../api/access';

/** What stands in the place of the page while the server asks for a key. */
export function SignIn() {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [fault, setFault] = useState(asked.peek() ?? '');
  const [busy, setBusy] = useState(false);
  useEffect(() => field.current?.focus(), []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault((await signIn(document.baseURI, text)) ?? '');
    setBusy(false);
  };

  return (
    <main class="sign-in">
      <form aria-labelledby="sign-in-title" onSubmit={submit}>
        <h1 id="sign-in-title">Holdfast</h1>
        <p>This server asks for a key. It stays in this tab, and is gone when you close it.</p>
        <label>
          Key
          <input
            ref={field}
            type="password"
            autocomplete="off"
            spellcheck={false}
            placeholder="hf_..."
            value={text}
            aria-invalid={fault !== ''}
            aria-describedby="sign-in-fault"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p id="sign-in-fault" role="alert">
          {fault}
        </p>
        <button type="submit" disabled={busy || text.trim() === ''}>
          {busy ? 'Looking...' : 'Sign in'}
        </button>
        <p class="muted">
          An administrator makes keys: <code>holdfast keys create</code>, or, on the server&rsquo;s machine, <code>./run keys create</code>.
        </p>
      </form>
    </main>
  );
}
