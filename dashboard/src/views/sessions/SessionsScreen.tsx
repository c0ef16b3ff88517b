import { useEffect, useMemo } from 'preact/hooks';
import { ask } from '../../api/request';
import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { count, counted, short } from '../../format/numbers';
import { duration } from '../../format/time';
import { CopyButton } from '../../ui/CopyButton';
import { readSessions } from '../../wire/sessions';
import type { Session, Sessions } from '../../wire/sessions';
import { Failed } from '../../work/Failed';
import { Polled } from '../../work/Polled';
import { Told } from './Told';
import { usageOf } from './usage';
import '../../work/work.css';
import './sessions.css';

const lookEveryMs = 2000;

/** Who watches this node and how they fare; and the sessions that applications tell of. */
export function SessionsScreen() {
  return (
    <div class="sessions-screen">
      <WatchersPanel />
      <Told />
    </div>
  );
}

/** Who watches this node, over which way, and how they fare. */
function WatchersPanel() {
  const url = useMemo(() => new URL('api/sessions', document.baseURI), []);
  const sessions = useMemo(() => new Polled<Sessions>(async (signal) => readSessions(JSON.parse(await ask(url, { signal }))), lookEveryMs), [url]);
  useEffect(() => sessions.start(), [sessions]);
  const [now, fault] = [sessions.value.value, sessions.fault.value];
  return (
    <section class="panel log sessions" aria-labelledby="sessions-title">
      <div class="log-head">
        <h2 id="sessions-title">Watchers</h2>
        {now === null ? null : <Summary sessions={now} />}
        <CopyButton label="Copy as curl" text={() => curlGet(url)} />
      </div>
      {fault === null ? null : <Failed fault={fault} stale={now !== null} again={() => void sessions.look()} />}
      {now === null ? null : <Usage sessions={now} />}
      {now === null ? null : <Table items={now.items} />}
    </section>
  );
}

function Summary({ sessions: { items, connections, connectionsMax } }: { sessions: Sessions }) {
  const over = (source: string): number => items.filter((one) => one.source === source).length;
  return (
    <span class="muted">
      {counted(items.length, 'watcher')}: {count(over('websocket'))} over WebSocket, {count(over('realtime'))} over Realtime. {count(connections)} of {count(connectionsMax)} connections.
    </span>
  );
}

function Usage({ sessions: { connections, connectionsMax } }: { sessions: Sessions }) {
  const { level, words } = usageOf(connections, connectionsMax);
  return words === '' ? null : (
    <p class="usage" role="status" data-level={level}>
      {words}
    </p>
  );
}

function Table({ items }: { items: readonly Session[] }) {
  if (items.length === 0) return <p class="muted empty">Nobody watches this node.</p>;
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Who watches">
      <table class="session-table">
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Source</th>
            <th scope="col">For</th>
            <th scope="col">Round trip</th>
            <th scope="col">Event to screen, p95</th>
            <th scope="col">Gaps</th>
            <th scope="col">Dropped</th>
          </tr>
        </thead>
        <tbody>
          {items.map((session) => (
            <Row key={session.id} session={session} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const milliseconds = (value: number | null): string => (value === null ? '–' : `${value < 1 ? '< 1' : short(value)} ms`);

function Row({ session: { id, name, source, since, roundTripMs, delayMs, gaps, dropped } }: { session: Session }) {
  const { store } = usePage();
  return (
    <tr data-session={id}>
      <th scope="row">
        {name} {store.you.value?.id === id ? <span class="muted">(this page)</span> : null}
      </th>
      <td>{source}</td>
      <td class="figure">{since === null ? '–' : duration(Math.max(0, store.serverNow.value - since))}</td>
      <td class="figure">{milliseconds(roundTripMs)}</td>
      <td class="figure">{milliseconds(delayMs)}</td>
      <td class="figure">{gaps === null ? '–' : count(gaps)}</td>
      <td class="figure" data-level={dropped > 0 ? 'warn' : undefined}>
        {count(dropped)}
      </td>
    </tr>
  );
}
