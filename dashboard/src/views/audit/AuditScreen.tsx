import { computed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { auditUrl, readAuditFrom } from '../../api/audit';
import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { counted } from '../../format/numbers';
import { clockTime, relative } from '../../format/time';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import type { AuditEntry } from '../../wire/audit';
import { Failed } from '../../work/Failed';
import { onFilters } from '../../work/follow';
import { PagedList } from '../../work/PagedList';
import '../../work/work.css';
import { auditFilterNames, emptyAuditFilters, isFilteringAudit } from './filters';
import type { AuditFilters } from './filters';
import './audit.css';

type AuditList = PagedList<AuditEntry, AuditFilters>;

/** What people and keys did to this server: who, what, to what, why, with the state before and after. */
export function AuditScreen() {
  const list = useMemo(() => new PagedList(readAuditFrom(document.baseURI)), []);
  useEffect(() => {
    const stop = onFilters(computed(() => route.value.audit), (filters) => void list.load(filters));
    return () => {
      stop();
      list.stop();
    };
  }, [list]);
  const state = list.state.value;
  const again = (): void => void list.load(route.value.audit);
  return (
    <section class="panel log audit" aria-labelledby="audit-title">
      <div class="log-head">
        <h2 id="audit-title">Audit</h2>
        <FilterBar />
        <button type="button" class="quiet" onClick={again}>
          Look again
        </button>
      </div>
      {typeof state === 'object' ? <Failed fault={state} stale={list.rows.value.length > 0} again={again} /> : null}
      <Entries list={list} />
      <More list={list} />
    </section>
  );
}

const placeholders: Readonly<Record<keyof AuditFilters, string>> = { actor: 'Who', action: 'Action', target: 'Target' };

function FilterBar() {
  const { audit } = route.value;
  return (
    <form class="filters" role="search" aria-label="Filter the audit" onSubmit={(event) => event.preventDefault()}>
      {auditFilterNames.map((name) => (
        <input
          key={name}
          type="search"
          data-filter={name}
          aria-label={name}
          placeholder={placeholders[name]}
          value={audit[name]}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => set({ [name]: event.currentTarget.value })}
        />
      ))}
      {isFilteringAudit(audit) ? (
        <button type="button" class="quiet" onClick={() => set(emptyAuditFilters)}>
          Clear
        </button>
      ) : null}
      <CopyButton label="Copy as curl" text={() => curlGet(auditUrl(document.baseURI, route.value.audit))} />
    </form>
  );
}

const set = (filters: Partial<AuditFilters>): void => refine({ ...route.value, audit: { ...route.value.audit, ...filters } });

function Entries({ list }: { list: AuditList }) {
  const rows = list.rows.value;
  if (rows.length > 0) {
    return (
      <ol class="audit-list" aria-label="What was done, newest first" aria-busy={list.state.value === 'loading'}>
        {rows.map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ol>
    );
  }

  if (typeof list.state.value === 'object') return null;
  if (list.state.value !== 'ready') return <p class="muted empty">Looking in the store.</p>;
  return <p class="muted empty">{isFilteringAudit(route.value.audit) ? 'Nothing that was done passes the filter.' : 'Nobody has done anything yet. Every change by a person or a key is kept here.'}</p>;
}

/** Opens to the state before and after. */
function Row({ entry }: { entry: AuditEntry }) {
  const open = useSignal(false);
  const { store } = usePage();
  return (
    <li>
      <button type="button" class="row-line audit-line" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        <time class="figure" dateTime={entry.at} title={entry.at}>
          {clockTime(entry.atMs, store.now.peek())}
        </time>
        <b class="actor">{entry.actor}</b>
        <span class="action">{entry.action}</span>
        <span class="target">{entry.target}</span>
        <span class="reason">{entry.reason}</span>
      </button>
      {open.value ? <Detail entry={entry} /> : null}
    </li>
  );
}

function Detail({ entry }: { entry: AuditEntry }) {
  const { store } = usePage();
  return (
    <div class="event-detail">
      <dl>
        <div>
          <dt>done</dt>
          <dd>
            {entry.at} ({relative(entry.atMs, store.serverNow.value)})
          </dd>
        </div>
        <div>
          <dt>audit id</dt>
          <dd>{entry.id}</dd>
        </div>
      </dl>
      <figure class="json">
        <figcaption>details</figcaption>
        <pre tabIndex={0}>{JSON.stringify(entry.details, null, 2)}</pre>
      </figure>
      <p class="actions">
        <button type="button" class="quiet" onClick={() => set({ actor: entry.actor })}>
          Only by {entry.actor}
        </button>
        <button type="button" class="quiet" onClick={() => set({ target: entry.target })}>
          Only this target
        </button>
      </p>
    </div>
  );
}

function More({ list }: { list: AuditList }) {
  const [state, rows] = [list.state.value, list.rows.value];
  if (state === 'loading more') return <p class="older muted">Loading older entries.</p>;
  if (list.next.value === null) return <p class="older muted">{rows.length === 0 ? '' : `That is all: ${counted(rows.length, 'line')}.`}</p>;
  if (list.isFull) return <p class="older muted">Older ones are found with a filter.</p>;
  return (
    <div class="older">
      <button type="button" class="quiet" onClick={() => void list.more(route.value.audit)}>
        Older entries
      </button>
    </div>
  );
}
