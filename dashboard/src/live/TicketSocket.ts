import type { SocketLike } from './SocketSource';

const connectingState = 0;
const closedState = 3;

/** A socket whose address has to be asked for first: a ticket in it takes the place of the key, which a browser cannot send along. */
export class TicketSocket implements SocketLike {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  #socket: SocketLike | null = null;
  #closed = false;

  constructor(address: Promise<URL>, open: (url: string) => SocketLike) {
    address.then(
      (url) => this.#open(open(url.href)),
      (fault: unknown) => this.#fail(fault instanceof Error ? fault.message : String(fault)),
    );
  }

  get readyState(): number {
    return this.#closed ? closedState : (this.#socket?.readyState ?? connectingState);
  }

  send(text: string): void {
    this.#socket?.send(text);
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  #open(socket: SocketLike): void {
    if (this.#closed) {
      socket.close();
      return;
    }
    this.#socket = socket;
    socket.onopen = (event) => this.onopen?.(event);
    socket.onmessage = (event) => this.onmessage?.(event);
    socket.onclose = (event) => this.onclose?.(event);
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.({ reason } as CloseEvent);
  }
}
