import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { count } from '../../format/numbers';
import { duration, relative } from '../../format/time';
import { refine, route } from '../../route/location';
import type { EventItem } from '../../state/model';
import { CopyButton } from '../../ui/CopyButton';
import type { EventFilters } from './filters';

export function EventDetail({ event }: { readonly event: EventItem }) {
  const { store } = usePage();
  return (
    <div class="event-detail">
      <dl>
        <Fact name="happened" value={`${event.timestamp} (${relative(event.timestampMs, store.serverNow.value)})`} />
        <Fact name="received" value={`${event.receivedAt} (${arrival(event)})`} />
        <Fact name="event id" value={event.eventId} />
        <Fact name="sequence" value={`${count(event.sequenceId)} in ${event.epoch}`} />
      </dl>
      <Json name="data" value={event.data} />
      <Json name="metadata" value={event.metadata} />
      <p class="actions">
        <CopyButton label="Copy JSON" text={() => JSON.stringify(asOnTheWire(event), null, 2)} />
        <CopyButton label="Copy as curl" text={() => curlGet(eventUrl(event))} />
        <Only label="Only this type" filters={{ event_type: event.eventType }} />
        <Only label="Only this source" filters={{ source: event.source }} />
      </p>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Always as text: what clients send is never markup here. */
function Json({ name, value }: { name: string; value: unknown }) {
  const json = JSON.stringify(value, null, 2);
  if (json === '{}') return null;
  return (
    <figure class="json">
      <figcaption>{name}</figcaption>
      <pre tabIndex={0}>{json}</pre>
    </figure>
  );
}

function Only({ label, filters }: { label: string; filters: Partial<EventFilters> }) {
  return (
    <button type="button" class="quiet" onClick={() => refine({ ...route.value, filters: { ...route.value.filters, ...filters } })}>
      {label}
    </button>
  );
}

function arrival({ receivedMs, timestampMs }: EventItem): string {
  const later = receivedMs - timestampMs;
  return later >= 0 ? `${duration(later)} later` : `dated ${duration(-later)} ahead`;
}

function eventUrl(event: EventItem): URL {
  const url = new URL('api/events', document.baseURI);
  url.searchParams.set('event_id', event.eventId);
  return url;
}

function asOnTheWire(event: EventItem): object {
  return {
    event_id: event.eventId,
    event_type: event.eventType,
    timestamp: event.timestamp,
    source: event.source,
    data: event.data,
    metadata: event.metadata,
    category: event.category,
    epoch: event.epoch,
    sequence_id: event.sequenceId,
    received_at: event.receivedAt,
  };
}
