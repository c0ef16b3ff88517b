import { useEffect, useMemo } from 'preact/hooks';
import { usePage } from '../../context';
import { clockTime } from '../../format/time';
import { goTo, route } from '../../route/location';
import { Diff } from '../../work/Diff';
import type { Flag, FlagNote } from '../../wire/flags';
import { emptyAuditFilters } from '../audit/filters';
import { FlagHistory } from './FlagHistory';
import { useFlags } from './FlagsContext';
import { documentWords } from './words';

/** Who changed it, when, from what to what, and why. */
export function History({ flag }: { flag: Flag }) {
  const { api } = useFlags();
  const history = useMemo(() => new FlagHistory(api, flag.name), [api, flag.name]);
  useEffect(() => void history.load(), [history, flag.version]);
  useEffect(() => () => history.stop(), [history]);
  const [state, notes] = [history.state.value, history.notes.value];
  return (
    <section class="history" aria-label={`History of ${flag.name}`}>
      <h3>History</h3>
      {typeof state === 'object' ? (
        <p role="alert">
          <b>{state.message}</b> {state.detail}
        </p>
      ) : null}
      {state === 'ready' && notes.length === 0 ? <p class="muted">Nobody has set it at run time.</p> : null}
      <ol>
        {notes.map((note) => (
          <Note key={note.version} note={note} />
        ))}
      </ol>
      {notes.length === 0 ? null : (
        <p class="actions">
          {history.next.value === null ? null : (
            <button type="button" class="quiet" onClick={() => void history.more()}>
              Older changes
            </button>
          )}
          <button type="button" class="quiet" onClick={() => goTo({ ...route.value, screen: 'audit', audit: { ...emptyAuditFilters, target: flag.name } })}>
            In the audit
          </button>
        </p>
      )}
    </section>
  );
}

function Note({ note: { at, atMs, actor, action, reason, before, after } }: { note: FlagNote }) {
  const { store } = usePage();
  return (
    <li>
      <details>
        <summary>
          <time class="figure" dateTime={at} title={at}>
            {clockTime(atMs, store.now.peek())}
          </time>{' '}
          <b>{actor}</b> <span class="muted">{action.replace(/^flag\./, '')}</span> {documentWords(before)} <span aria-hidden="true">→</span>
          <span class="visually-hidden">to</span> {documentWords(after)}
          {reason === '' ? null : <q>{reason}</q>}
        </summary>
        <Diff title="what was set, before and after" before={laidOut(before)} after={laidOut(after)} />
      </details>
    </li>
  );
}

const laidOut = (document: unknown): string => (document === null ? '' : JSON.stringify(document, null, 2));
