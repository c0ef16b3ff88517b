import type { EventItem } from '../../state/model';

/** Named as the API names them. */
export const filterNames = ['event_type', 'source', 'category', 'text'] as const;

export type EventFilters = Readonly<Record<(typeof filterNames)[number], string>>;

export const emptyFilters: EventFilters = { event_type: '', source: '', category: '', text: '' };

export const categories = ['critical', 'performance', 'user_activity', 'system', 'debug'] as const;

export const isFiltering = (filters: EventFilters): boolean => filterNames.some((name) => filters[name] !== '');

/** The same meaning as the server gives the filters, so that live and stored events can stand in one list. */
export function matches(event: EventItem, filters: EventFilters): boolean {
  return (
    equalOrUnset(filters.event_type, event.eventType) &&
    equalOrUnset(filters.source, event.source) &&
    equalOrUnset(filters.category, event.category) &&
    (filters.text === '' || searchable(event).includes(filters.text.toLowerCase()))
  );
}

const equalOrUnset = (wanted: string, actual: string): boolean => wanted === '' || wanted === actual;

const searchTexts = new WeakMap<EventItem, string>();

/** Made once for each event: a filter runs over a thousand of them at every key press. */
function searchable(event: EventItem): string {
  let made = searchTexts.get(event);
  if (made === undefined) {
    made = [event.eventType, event.source, event.eventId, JSON.stringify(event.data), JSON.stringify(event.metadata)].join('\n').toLowerCase();
    searchTexts.set(event, made);
  }
  return made;
}

/** What someone could choose, from what is there. */
export function choices(events: readonly EventItem[], of: (event: EventItem) => string): readonly string[] {
  return [...new Set(events.map(of))].sort();
}
