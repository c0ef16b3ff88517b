import { expect, test } from 'vitest';
import { event } from '../support/samples';
import { DelayMeter } from './DelayMeter';

const received = event(0).receivedMs;

test('the difference of the clocks does not count as delay', () => {
  const meter = new DelayMeter();
  const clockAhead = 90_000;
  [5, 2, 40].forEach((late) => meter.keepalive(received, received + clockAhead + late));
  meter.event(event(0), received + clockAhead + 12, 0);

  expect(meter.p95()).toBe(10);
});

test('half the round trip is added, since the fastest keep-alive took it too', () => {
  const meter = new DelayMeter();
  meter.keepalive(received, received + 4);
  meter.event(event(0), received + 4, 8);

  expect(meter.p95()).toBe(4);
});

test('knows nothing before the first event', () => {
  expect(new DelayMeter().p95()).toBeNull();
});
