import { auditFilterNames } from '../views/audit/filters';
import type { AuditFilters } from '../views/audit/filters';
import { readAudit } from '../wire/audit';
import type { AuditEntry } from '../wire/audit';
import { record, text } from '../wire/read';
import type { ReadPage } from '../work/PagedList';
import { ask } from './request';

const pageSize = 50;

export function auditUrl(base: string, filters: AuditFilters): URL {
  const url = new URL('api/audit', base);
  for (const name of auditFilterNames) if (filters[name] !== '') url.searchParams.set(name, filters[name]);
  return url;
}

/** What operators did, newest first. */
export const readAuditFrom =
  (base: string): ReadPage<AuditEntry, AuditFilters> =>
  async (filters, cursor, signal) => {
    const url = auditUrl(base, filters);
    url.searchParams.set('limit', String(pageSize));
    if (cursor !== null) url.searchParams.set('cursor', cursor);
    const body = record(JSON.parse(await ask(url, { signal })));
    return { items: readAudit(body.items), nextCursor: text(body.next_cursor) || null };
  };
