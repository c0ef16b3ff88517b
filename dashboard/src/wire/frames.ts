import type { EventItem, Gap, Hello, Series } from '../state/model';
import { readEvents } from './events';
import { readSeries } from './overview';
import { isNumber, isRecord, list, number, record, text } from './read';
import type { Json } from './read';

export interface Change {
  readonly op: 'put' | 'patch' | 'remove';
  readonly key: string;
  readonly value: unknown;
}

/** A frame of the live protocol, whichever source carried it. */
export type Frame =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'snapshot'; readonly topic: string; readonly cursor: string; readonly snapshot: Json }
  | { readonly type: 'names'; readonly series: readonly (readonly [number, Series])[] }
  | { readonly type: 'ticks'; readonly time: number; readonly values: readonly (readonly [number, number])[] }
  | { readonly type: 'events'; readonly cursor: string; readonly events: readonly EventItem[] }
  | { readonly type: 'deltas'; readonly topic: string; readonly cursor: string; readonly changes: readonly Change[] }
  | { readonly type: 'gap'; readonly gap: Gap }
  | { readonly type: 'flags'; readonly etag: string }
  | { readonly type: 'presence'; readonly joins: number; readonly leaves: number }
  | { readonly type: 'keepalive'; readonly serverTime: number }
  | { readonly type: 'problem'; readonly status: number; readonly detail: string }
  | { readonly type: 'bye'; readonly reason: string; readonly retryMs: number }
  /** A newer server may speak of things this page does not know. */
  | { readonly type: 'unknown' }
  | { readonly type: 'malformed' };

const unknownFrame: Frame = { type: 'unknown' };
const malformed: Frame = { type: 'malformed' };

/** Turns one message into a frame. Never throws: what cannot be read is `malformed`, and counted by the reducer. */
export function decodeFrame(message: unknown): Frame {
  const wire = parse(message);
  if (!Array.isArray(wire) || typeof wire[0] !== 'string') return malformed;

  const decode = decoders.get(wire[0]);
  return decode === undefined ? unknownFrame : (decode(wire) ?? malformed);
}

function parse(message: unknown): unknown {
  if (Array.isArray(message)) return message; // parsed by the client library that carried it
  if (typeof message !== 'string') return null;
  try {
    return JSON.parse(message);
  } catch {
    return null; // decodeFrame makes `malformed` of it
  }
}

type Decoder = (wire: readonly unknown[]) => Frame | null;

const decoders: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['h', ([, body]) => (isRecord(body) ? { type: 'hello', hello: readHello(body) } : null)],
  ['s', ([, topic, cursor, snapshot]) => (typeof topic === 'string' && isRecord(snapshot) ? { type: 'snapshot', topic, cursor: text(cursor), snapshot } : null)],
  ['n', ([, series]) => (Array.isArray(series) ? { type: 'names', series: readSeries(series) } : null)],
  ['t', ([, time, values]) => (isNumber(time) && Array.isArray(values) ? { type: 'ticks', time, values: readValues(values) } : null)],
  ['e', ([, cursor, events]) => (Array.isArray(events) ? { type: 'events', cursor: text(cursor), events: readEvents(events) } : null)],
  ['d', ([, topic, cursor, changes]) => (typeof topic === 'string' && Array.isArray(changes) ? { type: 'deltas', topic, cursor: text(cursor), changes: readChanges(changes) } : null)],
  ['g', ([, body]) => (isRecord(body) ? { type: 'gap', gap: { epoch: text(body.epoch), from: number(body.from), to: number(body.to) } } : null)],
  ['f', ([, etag]) => (typeof etag === 'string' ? { type: 'flags', etag } : null)],
  ['p', ([, body]) => (isRecord(body) ? { type: 'presence', joins: count(body.joins), leaves: count(body.leaves) } : null)],
  ['k', ([, serverTime]) => (isNumber(serverTime) ? { type: 'keepalive', serverTime } : null)],
  ['x', ([, problem]) => ({ type: 'problem', ...readProblem(problem) })],
  ['b', ([, reason, retryMs]) => ({ type: 'bye', reason: text(reason), retryMs: number(retryMs) })],
]);

function readHello(body: Json): Hello {
  return {
    epoch: text(body.epoch),
    cursor: text(body.cursor),
    serverTime: number(body.server_time),
    node: text(body.node),
    flagsEtag: text(body.flags_etag),
  };
}

/** `[[series_id, value]]`, in ticks and as the latest values of a snapshot. */
export function readValues(values: unknown): readonly (readonly [number, number])[] {
  return list(values).flatMap((pair) => {
    const [id, value] = list(pair);
    return isNumber(id) && isNumber(value) ? [[id, value] as const] : [];
  });
}

function readChanges(changes: readonly unknown[]): readonly Change[] {
  return changes.flatMap((change) => {
    const { op, key, value } = record(change);
    return (op === 'put' || op === 'patch' || op === 'remove') && typeof key === 'string' ? [{ op, key, value }] : [];
  });
}

/** The server may name who joined or only count them. */
const count = (value: unknown): number => (Array.isArray(value) ? value.length : number(value));

function readProblem(problem: unknown): { status: number; detail: string } {
  if (typeof problem === 'string') return { status: 0, detail: problem };
  const body = record(problem);
  return { status: number(body.status), detail: text(body.detail) || text(body.title, 'The server reports a problem.') };
}
