import { useState } from 'preact/hooks';
import { copy } from './clipboard';

const shownForMs = 2000;

/** A button that says what it copies and whether it did. */
export function CopyButton({ label, text }: { readonly label: string; readonly text: () => string }) {
  const [outcome, setOutcome] = useState<string | null>(null);
  const click = async (): Promise<void> => {
    setOutcome((await copy(text())) ? 'Copied' : 'The browser refused');
    setTimeout(() => setOutcome(null), shownForMs);
  };
  return (
    <button type="button" class="quiet" onClick={() => void click()}>
      {outcome ?? label}
    </button>
  );
}
