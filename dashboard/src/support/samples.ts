// What tests are made of.
import { decodeFrame } from '../wire/frames';
import type { Frame } from '../wire/frames';
import { reduce } from '../state/reduce';
import { emptyState } from '../state/model';
import type { EventItem, LiveState } from '../state/model';
import { readEvents } from '../wire/events';

export const epoch = '01890000-0000-7000-8000-000000000001';

export const wireEvent = (sequence: number, changes: object = {}): object => ({
  event_id: `id-${sequence}`,
  event_type: 'order.created',
  timestamp: '2025-01-01T00:00:00Z',
  source: 'shop',
  data: { order: sequence },
  metadata: {},
  category: 'system',
  epoch,
  sequence_id: sequence,
  received_at: new Date(Date.UTC(2025, 0, 1) + sequence).toISOString(),
  ...changes,
});

export const event = (sequence: number, changes: object = {}): EventItem => readEvents([wireEvent(sequence, changes)])[0]!;

export const frame = (...wire: unknown[]): Frame => decodeFrame(JSON.stringify(wire));

/** The state after frames as the wire has them. */
export const after = (...wire: unknown[][]): LiveState => wire.map((one) => frame(...one)).reduce(reduce, emptyState);

export const ledgerLine = (changes: object = {}): object => ({ received: 0, stored: 0, dead_lettered: 0, parked: 0, spooled: 0, duplicates: 0, discarded: 0, lost: 0, ...changes });

export const sequences = (state: LiveState): number[] => state.events.map(({ sequenceId }) => sequenceId);
