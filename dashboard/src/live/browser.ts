import { hasKey, shownKey, withTicket } from '../api/access';
import { withEarly } from './early';
import type { EarlySocket } from './early';
import { beforeNextPicture } from './FrameGatherer';
import type { SourceName } from './LiveSource';
import { RealtimeSocket } from './RealtimeSocket';
import { TicketSocket } from './TicketSocket';
import type { SocketLike, SocketSourceOptions } from './SocketSource';

/** The live endpoint beside the page, under whatever base path the server is. */
export function liveUrl(base: string): URL {
  const url = new URL('live', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** The network is back, or someone looks at the page again. */
export function onWake(callback: () => void): () => void {
  const visible = (): void => {
    if (!document.hidden) callback();
  };
  window.addEventListener('online', callback);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', callback);
    document.removeEventListener('visibilitychange', visible);
  };
}

function openSocket(url: string): SocketLike {
  return hasKey.peek() ? new TicketSocket(withTicket(document.baseURI, new URL(url)), (admitted) => new WebSocket(admitted)) : new WebSocket(url);
}

/** Where the Realtime protocol is, under whatever base path the server is. */
export function realtimeUrl(base: string): URL {
  const url = new URL('realtime/v1', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** The cursor goes with the join, not with the address. */
function openRealtime(url: string): SocketLike {
  const address = new URL(url);
  const since = address.searchParams.get('since');
  address.searchParams.delete('since');
  const library = import('@supabase/realtime-js');
  return new RealtimeSocket(library, { address: withTicket(document.baseURI, address), key: shownKey() }, since);
}

/** What the sources need of a real browser. */
export function browserOptions(name: SourceName, topics: readonly string[]): SocketSourceOptions {
  const isOwn = name === 'websocket';
  return {
    name,
    url: isOwn ? liveUrl(document.baseURI) : realtimeUrl(document.baseURI),
    topics,
    open: isOwn ? withEarly((globalThis as { holdfastEarly?: EarlySocket }).holdfastEarly, openSocket) : openRealtime,
    now: () => Date.now(),
    random: () => Math.random(),
    schedule: beforeNextPicture,
    onWake,
  };
}
