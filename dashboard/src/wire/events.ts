import type { EventItem } from '../state/model';
import { isNumber, isRecord, list, text } from './read';

/** Events that have a place in a stream; what has none cannot be de-duplicated and is left out. */
export function readEvents(value: unknown): readonly EventItem[] {
  return list(value).flatMap((item) => {
    const event = readEvent(item);
    return event === null ? [] : [event];
  });
}

function readEvent(value: unknown): EventItem | null {
  if (!isRecord(value) || typeof value.epoch !== 'string' || !isNumber(value.sequence_id)) return null;

  const timestamp = text(value.timestamp);
  const receivedAt = text(value.received_at, timestamp);
  return {
    key: `${value.epoch}:${value.sequence_id}`,
    eventId: text(value.event_id),
    eventType: text(value.event_type),
    timestamp,
    timestampMs: milliseconds(timestamp),
    source: text(value.source),
    category: text(value.category),
    data: value.data ?? {},
    metadata: value.metadata ?? {},
    epoch: value.epoch,
    sequenceId: value.sequence_id,
    receivedAt,
    receivedMs: milliseconds(receivedAt),
  };
}

const milliseconds = (instant: string): number => Date.parse(instant) || 0;
