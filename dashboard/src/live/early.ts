import type { SocketLike } from './SocketSource';

/** What the shell's own script opened before this code was there, see index.html. */
export interface EarlySocket {
  readonly socket: SocketLike & { readonly url: string };
  readonly received: MessageEvent[];
}

const connectingState = 0;
const openState = 1;

/**
 * Opens sockets; the first time it hands over the early one, if that leads to the same address and still stands.
 * Its messages are given again, in order, once somebody listens.
 */
export function withEarly(early: EarlySocket | undefined, open: (url: string) => SocketLike): (url: string) => SocketLike {
  let waiting = early;
  return (url) => {
    const candidate = waiting;
    waiting = undefined;
    if (candidate === undefined) return open(url);
    if (candidate.socket.url === url && (candidate.socket.readyState === connectingState || candidate.socket.readyState === openState)) {
      queueMicrotask(() => replay(candidate));
      return candidate.socket;
    }
    candidate.socket.onmessage = null;
    candidate.socket.close();
    return open(url);
  };
}

/** A microtask: whoever opened has set its listeners by then, and no message can come in between. */
function replay({ socket, received }: EarlySocket): void {
  for (const message of received.splice(0)) socket.onmessage?.(message);
}
