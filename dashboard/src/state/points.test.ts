import { describe, expect, test } from 'vitest';
import { pointsMax } from './model';
import type { Points } from './model';
import { appendTick, joinHistory, noPoints, toRates } from './points';

const tick = (points: Points, time: number, values: Record<string, number>): Points => appendTick(points, time, new Map(Object.entries(values)));

describe('appendTick', () => {
  test('a reading a second is a column a second, although deliveries are late by up to a quarter', () => {
    const points = [1950, 3010, 3990, 5200].reduce((state, time, at) => tick(state, time, { a: at }), noPoints);

    expect(points.times).toEqual([1000, 2000, 3000, 4000]);
    expect(points.columns.get('a')).toEqual([0, 1, 2, 3]);
  });

  test('a beat that has drifted from the clock goes back to it', () => {
    const points = Array.from({ length: 20 }, (_, at) => 1000 + at * 1300).reduce((state, time) => tick(state, time, { a: 1 }), noPoints);

    expect(Math.abs(points.times.at(-1)! - (1000 + 19 * 1300))).toBeLessThan(2000);
  });

  test('two sources that measure in the same second share its column', () => {
    const points = tick(tick(noPoints, 1000, { a: 1 }), 1600, { b: 2 });

    expect(points.times).toEqual([1000]);
    expect([...points.columns]).toEqual([
      ['a', [1]],
      ['b', [2]],
    ]);
  });

  test('a pause longer than five seconds leaves a hole', () => {
    const points = tick(tick(noPoints, 1000, { a: 1 }), 9000, { a: 2 });

    expect(points.times).toEqual([1000, 2000, 9000]);
    expect(points.columns.get('a')).toEqual([1, null, 2]);
  });

  test('a reading from before the columns is left out', () => {
    const points = tick(noPoints, 9000, { a: 1 });

    expect(tick(points, 3000, { b: 1 }).columns.has('b')).toBe(false);
  });

  test('the oldest column leaves at the bound', () => {
    let points = noPoints;
    for (let at = 0; at < pointsMax + 10; at++) points = tick(points, at * 1000, { a: at });

    expect(points.times).toHaveLength(pointsMax);
    expect(points.columns.get('a')).toHaveLength(pointsMax);
    expect(points.columns.get('a')?.[0]).toBe(10);
  });
});

describe('joinHistory', () => {
  const history = (from: number, ...values: (number | null)[]): Points => ({
    times: values.map((_, at) => from + at * 1000),
    columns: new Map([['a', values]]),
    beats: new Map(),
  });

  test('the server wins for the time it covers, what was seen before stays', () => {
    const joined = joinHistory(history(1000, 1, 2, 3), history(3000, 30, 40));

    expect(joined.times).toEqual([1000, 2000, 3000, 4000]);
    expect(joined.columns.get('a')).toEqual([1, 2, 30, 40]);
  });

  test('a server that has just started does not empty the charts', () => {
    const joined = joinHistory(history(1000, 1, 2), history(2000, null, null, 5));

    expect(joined.times).toEqual([1000, 2000, 4000]);
    expect(joined.columns.get('a')).toEqual([1, 2, 5]);
  });

  test('the time in which nobody looked is a hole', () => {
    expect(joinHistory(history(1000, 1), history(60_000, 2)).columns.get('a')).toEqual([1, null, 2]);
  });

  test('no history changes nothing', () => {
    const seen = history(1000, 1);

    expect(joinHistory(seen, noPoints)).toBe(seen);
    expect(joinHistory(seen, history(5000, null, null))).toBe(seen);
  });
});

describe('toRates', () => {
  test('is the change per second, over the time that really passed', () => {
    expect(toRates([0, 1000, 3000], [10, 15, 35])).toEqual([null, 5, 10]);
  });

  test('a total that begins anew has no rate at that step', () => {
    expect(toRates([0, 1000, 2000, 3000], [100, 110, 5, 15])).toEqual([null, 10, null, 10]);
  });

  test('a missing reading is bridged, a hole is not', () => {
    expect(toRates([0, 1000, 2000], [10, null, 30])).toEqual([null, null, 10]);
    expect(toRates([0, 9000, 10_000], [10, 20, 25])).toEqual([null, null, 5]);
  });
});
