import { describe, expect, test } from 'vitest';
import { FakeSocket } from '../support/FakeSocket';
import { withEarly } from './early';
import type { EarlySocket } from './early';

const address = 'ws://holdfast.test/live';

function early(state: number, ...texts: string[]): EarlySocket {
  const socket = new FakeSocket(address);
  socket.readyState = state;
  return { socket, received: texts.map((data) => ({ data }) as MessageEvent) };
}

describe('a socket opened before the page', () => {
  test('is taken over once, and what it has received comes in order', async () => {
    const first = early(1, 'a', 'b');
    const open = withEarly(first, (url) => new FakeSocket(url));

    const taken = open(address);
    const seen: unknown[] = [];
    taken.onmessage = (event) => seen.push(event.data);
    await Promise.resolve();

    expect(taken).toBe(first.socket);
    expect(seen).toEqual(['a', 'b']);
    expect(open(address)).not.toBe(first.socket);
  });

  test('that is still connecting is taken over', () => {
    const first = early(0);

    expect(withEarly(first, (url) => new FakeSocket(url))(address)).toBe(first.socket);
  });

  test.each([2, 3])('that is gone (state %i) is replaced', (state) => {
    const first = early(state);

    expect(withEarly(first, (url) => new FakeSocket(url))(address)).not.toBe(first.socket);
  });

  test('that leads elsewhere is closed and replaced', () => {
    const first = early(1);
    const taken = withEarly(first, (url) => new FakeSocket(url))(`${address}?since=c4`);

    expect(taken).not.toBe(first.socket);
    expect((first.socket as unknown as FakeSocket).closed).toBe(true);
  });

  test('is not needed', () => {
    expect(withEarly(undefined, (url) => new FakeSocket(url))(address)).toBeInstanceOf(FakeSocket);
  });
});
