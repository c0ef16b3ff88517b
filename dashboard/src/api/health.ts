import type { HealthFilters } from '../views/health/filters';
import { readHealth, readNote } from '../wire/health';
import type { HealthNote, HealthReport } from '../wire/health';
import { list, record, text } from '../wire/read';
import { ask, send } from './request';

export interface NotePage {
  readonly items: readonly HealthNote[];
  /** Where the next older page begins; null at the end. */
  readonly nextCursor: string | null;
}

const pageSize = 100;

/** What the server found of itself, over HTTP; all from its memory, whatever the database does. */
export class HealthApi {
  constructor(private readonly base: string) {}

  reportUrl(): URL {
    return new URL('api/health', this.base);
  }

  async report(signal: AbortSignal): Promise<HealthReport> {
    return readHealth(JSON.parse(await ask(this.reportUrl(), { signal })));
  }

  historyUrl(filters: HealthFilters): URL {
    const url = new URL('api/health/history', this.base);
    url.searchParams.set('limit', String(pageSize));
    for (const [name, value] of Object.entries(filters)) if (value !== '') url.searchParams.set(name, value);
    return url;
  }

  async history(filters: HealthFilters, cursor: string | null, signal?: AbortSignal): Promise<NotePage> {
    const url = this.historyUrl(filters);
    if (cursor !== null) url.searchParams.set('cursor', cursor);
    const body = record(JSON.parse(await ask(url, signal === undefined ? {} : { signal })));
    return { items: list(body.items).map(readNote), nextCursor: text(body.next_cursor) || null };
  }

  async runCheck(name: string): Promise<void> {
    await send('POST', new URL(`api/health/checks/${encodeURIComponent(name)}/run`, this.base), '{}');
  }

  /** What came of it, in a word. */
  async runRule(name: string, reason: string): Promise<string> {
    return text(record(JSON.parse(await send('POST', new URL(`api/health/rules/${encodeURIComponent(name)}/run`, this.base), JSON.stringify({ reason })))).outcome);
  }
}
