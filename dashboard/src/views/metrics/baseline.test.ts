import { expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import { readStoredSeries } from '../../wire/series';
import { baselineKey, baselineOf, differences, readBaseline } from './baseline';
import type { Shown } from './MetricBook';
import { toPanel } from './toPanel';

const chart = (name: string, ...points: readonly (readonly [number, number])[]): Shown => toPanel(name, readStoredSeries([{ name, kind: 'gauge', points }]));

const taken = (charts: Readonly<Record<string, Shown>>) => readBaseline({ key: baselineKey, version: 1, value: JSON.parse(JSON.stringify(baselineOf(new Map(Object.entries(charts)), 1000))) })!;

test('what was usual is the mean of what was on the screen, and survives the way through the server', () => {
  const baseline = taken({ depth: chart('depth', [0, 10], [1, 20]), lost: new ApiFault(503, 'away', ''), coming: null });

  expect(baseline).toEqual({ takenAt: 1000, means: { depth: { value: 15 } } });
});

test.each([
  [18, 0.2, false],
  [19, 0.267, true],
  [15, 0, false],
  [5, -0.667, true],
])('a mean of %d against 15 is a share of %d', (now, share, isNotable) => {
  const [difference] = differences('depth', chart('depth', [5, now]), taken({ depth: chart('depth', [0, 15]) }));

  expect(difference?.share).toBeCloseTo(share, 2);
  expect(difference?.isNotable).toBe(isNotable);
});

test('from nothing to something there is no share, and it is notable', () => {
  const baseline = taken({ depth: chart('depth', [0, 0]) });

  expect(differences('depth', chart('depth', [5, 1]), baseline)).toEqual([{ label: 'value', share: null, isNotable: true }]);
  expect(differences('depth', chart('depth', [5, 0]), baseline)[0]?.isNotable).toBe(false);
});

test('a line that the baseline does not know is not compared', () => {
  expect(differences('other', chart('other', [5, 1]), taken({ depth: chart('depth', [0, 1]) }))).toEqual([]);
});

test('there is none until somebody takes one', () => expect(readBaseline(undefined)).toBeNull());
