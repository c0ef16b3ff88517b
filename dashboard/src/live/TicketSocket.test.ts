import { describe, expect, test } from 'vitest';
import { FakeSocket } from '../support/FakeSocket';
import { TicketSocket } from './TicketSocket';

const address = 'ws://holdfast.test/live?ticket=t';

describe('a socket that needs a ticket', () => {
  test('opens when the ticket is there, and hands over what comes', async () => {
    let opened: FakeSocket | undefined;
    const socket = new TicketSocket(Promise.resolve(new URL(address)), (url) => (opened = new FakeSocket(url)));
    const seen: unknown[] = [];
    socket.onmessage = (event) => seen.push(event.data);
    expect(socket.readyState).toBe(0);

    await Promise.resolve();
    opened!.onmessage?.({ data: 'a' } as MessageEvent);

    expect(opened!.url).toBe(address);
    expect(seen).toEqual(['a']);
  });

  test('is lost when there is no ticket, with the reason', async () => {
    const reasons: string[] = [];
    const socket = new TicketSocket(Promise.reject(new Error('The key has been revoked.')), (url) => new FakeSocket(url));
    socket.onclose = (event) => reasons.push(event.reason);

    await new Promise((resolve) => setTimeout(resolve));

    expect(reasons).toEqual(['The key has been revoked.']);
    expect(socket.readyState).toBe(3);
  });

  test('that was closed meanwhile opens nothing', async () => {
    let opened: FakeSocket | undefined;
    const socket = new TicketSocket(Promise.resolve(new URL(address)), (url) => (opened = new FakeSocket(url)));

    socket.close();
    await Promise.resolve();

    expect(opened!.closed).toBe(true);
  });
});
