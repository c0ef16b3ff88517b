import { useMemo } from 'preact/hooks';
import { diffLines, folded } from '../format/diff';
import './work.css';

const signs = { same: ' ', removed: '-', added: '+' } as const;

/** What becomes of a text, line by line; without an `after` it cannot be told yet. */
export function Diff({ title, before, after }: { readonly title: string; readonly before: string; readonly after: string | null }) {
  const lines = useMemo(() => (after === null || after === before ? [] : folded(diffLines(before, after))), [before, after]);
  if (lines.length === 0) return <p class="muted">{after === null ? 'What changes is shown when this is JSON.' : 'Nothing is changed yet.'}</p>;
  return (
    <figure class="json">
      <figcaption>{title}</figcaption>
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
