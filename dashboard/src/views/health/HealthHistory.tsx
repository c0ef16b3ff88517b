import { useState } from 'preact/hooks';
import type { HealthApi, NotePage } from '../../api/health';
import { ApiFault } from '../../api/request';
import { usePage } from '../../context';
import { visible } from '../../format/json';
import { counted } from '../../format/numbers';
import { clockTime, duration } from '../../format/time';
import type { HealthNote } from '../../wire/health';
import { incidentsOf } from './incidents';
import type { Incident } from './incidents';
import { noteWords } from './words';

/** What happened: incidents with all that belongs to them, and everything else, the newest first. */
export function HealthHistory({ api, newest }: { api: HealthApi; newest: NotePage | null }) {
  const [older, setOlder] = useState<NotePage | null>(null);
  const [fault, setFault] = useState('');
  if (newest === null) return <p class="muted empty">Reading what happened.</p>;
  const notes = joined(newest.items, older?.items ?? []);
  const cursor = older === null ? newest.nextCursor : older.nextCursor;
  const more = async (): Promise<void> => {
    const read = await api.history(cursor).catch(ApiFault.of);
    setFault(read instanceof ApiFault ? read.message : '');
    if (!(read instanceof ApiFault)) setOlder({ items: [...(older?.items ?? []), ...read.items], nextCursor: read.nextCursor });
  };
  return (
    <>
      <Incidents incidents={incidentsOf(notes)} />
      <h3 class="part-title">What happened</h3>
      {notes.length === 0 ? (
        <p class="muted empty">Nothing has changed since the server keeps account.</p>
      ) : (
        <ol class="notes" aria-label="What happened, the newest first">
          {notes.map((note, place) => (
            <Note key={`${note.at} ${note.kind} ${note.check} ${place}`} note={note} />
          ))}
        </ol>
      )}
      {cursor === null ? null : (
        <div class="older">
          {fault} <button type="button" class="quiet" onClick={() => void more()}>Older</button>
        </div>
      )}
    </>
  );
}

/** The newest page moves on while older ones stand: what is in both stands once. */
function joined(newest: readonly HealthNote[], older: readonly HealthNote[]): readonly HealthNote[] {
  const last = newest.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  return [...newest, ...older.filter(({ at }) => at < last)];
}

function Incidents({ incidents }: { incidents: readonly Incident[] }) {
  return (
    <>
      <h3 class="part-title">Incidents</h3>
      {incidents.length === 0 ? (
        <p class="muted empty">None that is known.</p>
      ) : (
        <ul class="part-list" aria-label="Incidents, the newest first">
          {incidents.map((incident) => (
            <IncidentItem key={incident.id} incident={incident} />
          ))}
        </ul>
      )}
    </>
  );
}

function IncidentItem({ incident: { id, check, openedAt, closedAt, notes } }: { incident: Incident }) {
  const { store } = usePage();
  const now = store.serverNow.value;
  const lasted = openedAt === null ? '' : ` for ${duration(Math.max(0, (closedAt ?? now) - openedAt))}`;
  return (
    <li data-incident={id} data-level={closedAt === null ? 'bad' : 'ok'}>
      <div class="part-head">
        <b>{check === '' ? 'It began before what is shown' : check}</b>
        <span class="state">{closedAt === null ? `goes on${lasted}` : `over, lasted${lasted}`}</span>
        {openedAt === null ? null : <span class="muted">from {clockTime(openedAt, now)}</span>}
      </div>
      <details open={closedAt === null}>
        <summary>{counted(notes.length, 'thing')} happened in it</summary>
        <ol class="notes">
          {notes.map((note, place) => (
            <Note key={`${note.at} ${place}`} note={note} />
          ))}
        </ol>
      </details>
    </li>
  );
}

function Note({ note }: { note: HealthNote }) {
  const { store } = usePage();
  return (
    <li data-kind={note.kind} data-level={note.to === 'fail' ? 'bad' : note.to === 'warn' ? 'warn' : undefined}>
      <time dateTime={new Date(note.at).toISOString()}>{clockTime(note.at, store.serverNow.value)}</time> {visible(noteWords(note))}
    </li>
  );
}
