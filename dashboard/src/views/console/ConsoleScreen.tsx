import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { CommandLine } from './CommandLine';
import type { Exchange } from './CommandLine';
import './console.css';

/** Commands, as people give them in a room. */
export function ConsoleScreen() {
  const console = useMemo(() => new CommandLine(document.baseURI), []);
  const end = useRef<HTMLDivElement>(null);
  const exchanges = console.exchanges.value;
  useEffect(() => end.current?.scrollIntoView({ block: 'nearest' }), [exchanges]);
  return (
    <section class="panel log console" aria-labelledby="console-title">
      <div class="log-head">
        <h2 id="console-title">Console</h2>
        <span class="muted">
          Type <code>help</code> for the commands there are.
        </span>
      </div>
      <div class="exchanges" role="log" aria-label="What was said" tabIndex={0}>
        {exchanges.map((exchange) => (
          <Said key={exchange.id} exchange={exchange} />
        ))}
        <div ref={end} />
      </div>
      <Prompt console={console} />
    </section>
  );
}

function Said({ exchange: { line, answer, isRefused } }: { exchange: Exchange }) {
  return (
    <div class="exchange" data-level={isRefused ? 'bad' : undefined}>
      <b class="line">{line}</b>
      <pre>{answer ?? '...'}</pre>
    </div>
  );
}

function Prompt({ console }: { console: CommandLine }) {
  const line = useSignal('');
  const give = (event: Event): void => {
    event.preventDefault();
    void console.run(line.peek());
    line.value = '';
  };
  const recall = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    line.value = console.recall(event.key === 'ArrowUp' ? -1 : 1);
  };
  return (
    <form class="prompt" onSubmit={give}>
      <input
        type="text"
        data-filter="text"
        aria-label="Command"
        placeholder="Command ( / )"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={512}
        value={line.value}
        onInput={(event) => (line.value = event.currentTarget.value)}
        onKeyDown={recall}
      />
      <button type="submit" disabled={line.value.trim() === ''}>
        Run
      </button>
    </form>
  );
}
