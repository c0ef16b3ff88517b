import { duration } from '../format/time';
import type { ConnectionState, LiveStatus, SourceName } from '../live/LiveSource';

const words: Readonly<Record<ConnectionState, string>> = {
  idle: 'Not started',
  connecting: 'Connecting',
  syncing: 'Catching up',
  live: 'Live',
  stale: 'Silent',
  offline: 'Not connected',
  failed: 'Refused',
};

const sources: Readonly<Record<SourceName, string>> = { websocket: 'WebSocket', realtime: 'Realtime' };

export const sourceWords = (source: SourceName): string => sources[source];

export const connectionWords = (state: ConnectionState): string => words[state];

/** `in 3 s`, or that it happens right now; empty when no attempt is planned. */
export function nextTry({ retryAt }: LiveStatus, now: number): string {
  if (retryAt === null) return '';
  const left = retryAt - now;
  return left <= 0 ? 'Trying now.' : `Next try in ${duration(Math.ceil(left / 1000) * 1000)}.`;
}
