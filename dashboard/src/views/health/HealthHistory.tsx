import { useEffect, useMemo, useState } from 'preact/hooks';
import type { HealthApi, NotePage } from '../../api/health';
import { ApiFault } from '../../api/request';
import { usePage } from '../../context';
import { visible } from '../../format/json';
import { counted } from '../../format/numbers';
import { clockTime, duration } from '../../format/time';
import { route } from '../../route/location';
import type { Check, HealthNote } from '../../wire/health';
import { Failed } from '../../work/Failed';
import { Polled } from '../../work/Polled';
import { emptyHealthFilters, isFilteringHealth } from './filters';
import type { HealthFilters } from './filters';
import { filterHealth, HealthFilterBar } from './HealthFilterBar';
import { incidentsOf } from './incidents';
import type { Incident } from './incidents';
import { noteWords } from './words';

/** How often the server is asked for what is new. */
export const lookEveryMs = 2000;

const titleId = 'happened';

/** Goes to what happened to one check. */
export function showHistoryOf(check: string): void {
  filterHealth({ ...emptyHealthFilters, check });
  const title = document.getElementById(titleId);
  title?.scrollIntoView({ block: 'start' });
  title?.focus({ preventScroll: true });
}

/** What happened: incidents with all that belongs to them, and everything else, the newest first. */
export function HealthHistory({ api, checks, newest }: { api: HealthApi; checks: readonly Check[]; newest: NotePage | null }) {
  const pages = usePages(newest, (cursor) => api.history(emptyHealthFilters, cursor));
  const filters = route.value.health;
  if (newest === null) return <p class="muted empty">Reading what happened.</p>;
  return (
    <>
      <Incidents incidents={incidentsOf(pages.notes)} />
      <div class="log-head">
        <h3 id={titleId} tabIndex={-1} class="part-title">
          What happened
        </h3>
        <HealthFilterBar api={api} checks={checks} />
      </div>
      {isFilteringHealth(filters) ? <Chosen key={`${filters.check} ${filters.kind}`} api={api} filters={filters} /> : <Notes pages={pages} none="Nothing has changed since the server keeps account." />}
    </>
  );
}

/** What passes the filter, asked of the server: it may be further back than what is read of everything. */
function Chosen({ api, filters }: { api: HealthApi; filters: HealthFilters }) {
  const newest = useMemo(() => new Polled<NotePage>((aborted) => api.history(filters, null, aborted), lookEveryMs), [api]);
  useEffect(() => newest.start(), [newest]);
  const pages = usePages(newest.value.value, (cursor) => api.history(filters, cursor));
  const [read, fault] = [newest.value.value, newest.fault.value];
  return (
    <>
      {fault === null ? null : <Failed fault={fault} stale={read !== null} again={() => void newest.look()} />}
      {read === null && fault === null ? <p class="muted empty">Reading what happened.</p> : null}
      {read === null ? null : <Notes pages={pages} none="Nothing that happened passes the filter." />}
    </>
  );
}

interface Pages {
  readonly notes: readonly HealthNote[];
  readonly hasMore: boolean;
  readonly fault: string;
  more(): Promise<void>;
}

/** The newest page, which is read again and again, and the older ones that somebody asked for. */
function usePages(newest: NotePage | null, read: (cursor: string | null) => Promise<NotePage>): Pages {
  const [older, setOlder] = useState<NotePage | null>(null);
  const [fault, setFault] = useState('');
  const cursor = (older ?? newest)?.nextCursor ?? null;
  const more = async (): Promise<void> => {
    const page = await read(cursor).catch(ApiFault.of);
    setFault(page instanceof ApiFault ? page.message : '');
    if (!(page instanceof ApiFault)) setOlder({ items: [...(older?.items ?? []), ...page.items], nextCursor: page.nextCursor });
  };
  return { notes: joined(newest?.items ?? [], older?.items ?? []), hasMore: cursor !== null, fault, more };
}

function Notes({ pages: { notes, hasMore, fault, more }, none }: { pages: Pages; none: string }) {
  return (
    <>
      {notes.length === 0 ? (
        <p class="muted empty">{none}</p>
      ) : (
        <ol class="notes" aria-label="What happened, the newest first">
          {notes.map((note, place) => (
            <Note key={`${note.at} ${note.kind} ${note.check} ${place}`} note={note} />
          ))}
        </ol>
      )}
      {hasMore ? (
        <div class="older">
          {fault} <button type="button" class="quiet" onClick={() => void more()}>Older</button>
        </div>
      ) : null}
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
