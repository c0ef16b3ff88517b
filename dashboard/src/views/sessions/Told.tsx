import { effect, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { eventsUrl, fetchEvents } from '../../api/events';
import { usePage } from '../../context';
import { count, counted, percent } from '../../format/numbers';
import { relative } from '../../format/time';
import type { EventItem } from '../../state/model';
import { emptyFilters } from '../events/filters';
import { Polled } from '../../work/Polled';
import { ordered, sessionTypes, shareOf, tell } from './told';
import type { ToldSession, ToldSessions } from './told';
import { contextUsage } from './usage';

/** What came while nobody looked, or was passed over under load, is read from the record. */
const readEveryMs = 15_000;

/**
 * Sessions of the applications: what `session_start`, `session_metrics` and `session_end` tell. They are made here from the recorded events and the live
 * ones: a second record of them on the server would be one more thing that a restart loses, or that has to be kept and bounded for every node.
 */
export function Told() {
  const { store } = usePage();
  const sessions = useMemo(() => signal<ToldSessions>(new Map()), []);
  const recorded = useMemo(() => new Polled<readonly EventItem[]>(readRecorded, readEveryMs), []);
  useEffect(() => {
    const take = (events: readonly EventItem[]): void => void (sessions.value = tell(sessions.peek(), events));
    const stops = [recorded.start(), effect(() => take(store.events.value)), effect(() => take(recorded.value.value ?? []))];
    return () => stops.forEach((stop) => stop());
  }, [store]);

  const shown = ordered(sessions.value);
  const going = shown.filter(({ endedAt }) => endedAt === null);
  const fault = recorded.fault.value;
  return (
    <section class="panel log sessions" aria-labelledby="told-title">
      <div class="log-head">
        <h2 id="told-title">Sessions of applications</h2>
        <span class="muted">{shown.length === 0 ? '' : `${counted(going.length, 'session')} under way, ${counted(shown.length - going.length, 'ended one', 'ended ones')}.`}</span>
      </div>
      {fault === null ? null : <p class="muted empty">Only live ones: the record cannot be read. {fault.message}</p>}
      {shown.length === 0 ? <p class="muted empty">None was told of. Events named session_start, session_metrics and session_end with a session_id tell of one.</p> : <Table sessions={shown} />}
    </section>
  );
}

async function readRecorded(signal: AbortSignal): Promise<readonly EventItem[]> {
  const pages = await Promise.all(sessionTypes.map((event_type) => fetchEvents(eventsUrl(document.baseURI, { ...emptyFilters, event_type }, null), signal)));
  return pages.flatMap(({ items }) => items);
}

function Table({ sessions }: { sessions: readonly ToldSession[] }) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="What sessions tell">
      <table class="session-table">
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">Source</th>
            <th scope="col">Model</th>
            <th scope="col">Messages</th>
            <th scope="col">Context</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <Row key={session.id} session={session} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ session }: { session: ToldSession }) {
  const { store } = usePage();
  const { id, source, model, messages, tokens, tokensMax, endedAt, at } = session;
  const ago = (moment: number): string => relative(Math.min(moment, store.serverNow.value), store.serverNow.value);
  const { level, words } = tokens === null || tokensMax === null ? { level: 'ok', words: '' } : contextUsage(tokens, tokensMax);
  return (
    <tr data-told={id} data-ended={endedAt === null ? undefined : ''}>
      <th scope="row">{id}</th>
      <td>{source}</td>
      <td>{model}</td>
      <td class="figure">{messages === null ? '–' : count(messages)}</td>
      <td class="figure" data-level={level === 'ok' ? undefined : level}>
        {tokens === null ? '–' : tokensMax === null ? count(tokens) : `${count(tokens)} of ${count(tokensMax)} (${percent(shareOf(session))})`}
        {words === '' ? '' : `, ${words}`}
      </td>
      <td>{endedAt === null ? `last heard ${ago(at)}` : `ended ${ago(endedAt)}`}</td>
    </tr>
  );
}
