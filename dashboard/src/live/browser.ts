import { withEarly } from './early';
import type { EarlySocket } from './early';
import { beforeNextPicture } from './FrameGatherer';
import type { WsSourceOptions } from './WsSource';

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

/** What the WebSocket source needs of a real browser. */
export function browserOptions(topics: readonly string[]): WsSourceOptions {
  return {
    url: liveUrl(document.baseURI),
    topics,
    open: withEarly((globalThis as { holdfastEarly?: EarlySocket }).holdfastEarly, (url) => new WebSocket(url)),
    now: () => Date.now(),
    random: () => Math.random(),
    schedule: beforeNextPicture,
    onWake,
  };
}
