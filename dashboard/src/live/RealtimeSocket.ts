import type { RealtimeChannel, RealtimeClient } from '@supabase/realtime-js';
import type { SocketLike } from './SocketSource';

/** The topic whose broadcasts carry the live frames, and the event under which they come. */
const topic = 'holdfast:live';
const event = 'frame';

const connectingState = 0;
const openState = 1;
const closedState = 3;

/** What is needed of the client library; fetched when it is used, so that other pages do not pay for it. */
export interface RealtimeLibrary {
  readonly RealtimeClient: typeof RealtimeClient;
}

export interface RealtimeDoor {
  /** Where the protocol is, `ws://.../realtime/v1`, with what lets in: a ticket, or nothing. */
  readonly address: Promise<URL>;
  /** The key of whoever sits here, shown within the connection; empty: none is needed. */
  readonly key: string;
}

/**
 * The live topic of the Supabase Realtime protocol, through the official client, as a socket: one connection, one channel, until it breaks.
 * Whoever holds it reconnects; the library is kept from doing so by itself, or both would.
 */
export class RealtimeSocket implements SocketLike {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  #client: RealtimeClient | null = null;
  #channel: RealtimeChannel | null = null;
  #state = connectingState;

  constructor(library: Promise<RealtimeLibrary>, door: RealtimeDoor, since: string | null) {
    Promise.all([library, door.address]).then(
      ([{ RealtimeClient }, address]) => this.#open(new RealtimeClient(endpointOf(address), optionsFor(address)), door.key, since),
      (fault: unknown) => this.#end(fault instanceof Error ? fault.message : String(fault)),
    );
  }

  get readyState(): number {
    return this.#state;
  }

  send(text: string): void {
    void this.#channel?.send({ type: 'broadcast', event, payload: { frame: JSON.parse(text) as unknown } });
  }

  close(): void {
    this.#state = closedState;
    this.onclose = null;
    this.#leave();
  }

  #open(client: RealtimeClient, key: string, since: string | null): void {
    if (this.#state === closedState) return;
    this.#client = client;
    if (key !== '') void client.setAuth(key);
    const channel = client.channel(topic);
    this.#channel = channel;
    if (since !== null) channel.updateJoinPayload({ since });
    channel.on('broadcast', { event }, ({ payload }: { payload?: { frame?: unknown } }) => this.onmessage?.({ data: payload?.frame } as MessageEvent));
    channel.subscribe((status, fault) => this.#follow(status, fault));
  }

  #follow(status: string, fault: Error | undefined): void {
    if (status === 'SUBSCRIBED') {
      this.#state = openState;
      this.onopen?.(new Event('open'));
      return;
    }
    this.#end(fault?.message || (status === 'TIMED_OUT' ? 'The server does not answer.' : 'The connection was closed.'));
  }

  #end(reason: string): void {
    if (this.#state === closedState) return;
    this.#state = closedState;
    this.#leave();
    this.onclose?.({ reason } as CloseEvent);
  }

  #leave(): void {
    const client = this.#client;
    this.#client = null;
    this.#channel = null;
    if (client === null) return;
    // Not from within its own callback: the library goes on with what it was doing.
    queueMicrotask(() => void client.disconnect());
  }
}

function endpointOf(address: URL): string {
  return `${address.protocol}//${address.host}${address.pathname}`;
}

function optionsFor(address: URL): ConstructorParameters<typeof RealtimeClient>[1] {
  // The library wants an apikey; a ticket beside it is what counts, and where none is needed any text will do.
  return { params: { apikey: 'page', ...Object.fromEntries(address.searchParams) }, heartbeatIntervalMs: 10_000, reconnectAfterMs: () => 24 * 3600 * 1000 };
}
