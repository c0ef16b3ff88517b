import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiFault } from '../api/request';
import { Polled } from './Polled';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what was read stays when it cannot be read, and is replaced when it can again', async () => {
  const answers: (number | ApiFault)[] = [1, new ApiFault(503, 'away', ''), 2];
  const polled = new Polled(
    async () => {
      const next = answers.shift()!;
      if (next instanceof ApiFault) throw next;
      return next;
    },
    1000,
    () => true,
  );
  const stop = polled.start();
  await vi.advanceTimersByTimeAsync(0);
  expect([polled.value.value, polled.fault.value]).toEqual([1, null]);

  await vi.advanceTimersByTimeAsync(1000);
  expect([polled.value.value, polled.fault.value?.status]).toEqual([1, 503]);

  await vi.advanceTimersByTimeAsync(1000);
  expect([polled.value.value, polled.fault.value]).toEqual([2, null]);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('nobody is asked while nobody looks', async () => {
  let asked = 0;
  let watched = false;
  const polled = new Polled(async () => ++asked, 1000, () => watched);
  const stop = polled.start();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toBe(0);

  watched = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toBe(1);
  stop();
});
