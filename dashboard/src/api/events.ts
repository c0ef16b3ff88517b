import type { EventItem } from '../state/model';
import { filterNames } from '../views/events/filters';
import type { EventFilters } from '../views/events/filters';
import { readEvents } from '../wire/events';
import { record, text } from '../wire/read';
import { ApiFault, ask } from './request';

export interface EventPage {
  readonly items: readonly EventItem[];
  /** Where the next older page begins; null at the end. */
  readonly nextCursor: string | null;
}

/** Where a page of stored events begins: at a cursor of the page before, or below an instant. */
export type PageStart = { readonly cursor: string } | { readonly untilMs: number } | null;

const pageSize = 50;

export function eventsUrl(base: string, filters: EventFilters, start: PageStart): URL {
  const url = new URL('api/events', base);
  for (const name of filterNames) if (filters[name] !== '') url.searchParams.set(name, filters[name]);
  if (start !== null && 'cursor' in start) url.searchParams.set('cursor', start.cursor);
  // One millisecond more: events of the same millisecond must not fall between the pages, repeats are de-duplicated.
  if (start !== null && 'untilMs' in start) url.searchParams.set('until', new Date(start.untilMs + 1).toISOString());
  url.searchParams.set('limit', String(pageSize));
  return url;
}

export async function fetchEvents(url: URL, signal: AbortSignal): Promise<EventPage> {
  const body = record(JSON.parse(await ask(url, { signal, headers: { accept: 'application/json' } }).catch(explain)));
  return { items: readEvents(body.items), nextCursor: text(body.next_cursor) || null };
}

/** The list says what is wrong in one line. */
function explain(fault: unknown): never {
  throw fault instanceof ApiFault && fault.status !== 0 ? new Error(fault.detail || fault.message) : fault;
}
