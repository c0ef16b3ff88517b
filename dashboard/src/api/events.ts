import type { EventItem } from '../state/model';
import { filterNames } from '../views/events/filters';
import type { EventFilters } from '../views/events/filters';
import { readEvents } from '../wire/events';
import { record, text } from '../wire/read';

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
  const response = await fetch(url, { signal, headers: { accept: 'application/json' } });
  const body = record(await response.json());
  if (!response.ok) throw new Error(text(body.detail) || text(body.title, `The server answered ${response.status}.`));
  return { items: readEvents(body.items), nextCursor: text(body.next_cursor) || null };
}
