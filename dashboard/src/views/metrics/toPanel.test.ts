import { expect, test } from 'vitest';
import { readStoredSeries } from '../../wire/series';
import { toPanel } from './toPanel';

const series = (...wire: object[]) => readStoredSeries(wire);

test('series of one name stand on one axis, told apart by the labels that differ', () => {
  const { panel, times, left } = toPanel(
    'queue.depth',
    series(
      { name: 'queue.depth', labels: { host: 'a', queue: 'mail' }, unit: '1', kind: 'gauge', points: [[1000, 1], [3000, 2]] },
      { name: 'queue.depth', labels: { host: 'a', queue: 'pay' }, unit: '1', kind: 'gauge', points: [[2000, 9]] },
    ),
  );

  expect(times).toEqual([1000, 2000, 3000]);
  expect(panel.lines).toEqual([
    { label: 'pay', values: [null, 9, null] },
    { label: 'mail', values: [1, null, 2] },
  ]);
  expect(left).toBe(0);
});

test('of many the largest are drawn, and how many are not is known', () => {
  const many = series(...Array.from({ length: 6 }, (_, at) => ({ name: 'n', labels: { at: String(at) }, kind: 'gauge', points: [[0, at]] })));

  const { panel, left } = toPanel('n', many);

  expect(panel.lines.map(({ label }) => label)).toEqual(['5', '4', '3', '2']);
  expect(left).toBe(2);
});

test.each([
  ['system.disk.io', 'By', 'counter', 2048, '2 KiB/s'],
  ['system.cpu.utilization', '1', 'gauge', 0.5, '50 %'],
  ['http.duration', 'ms', 'gauge', 12, '12 ms'],
  ['orders', '{order}', 'counter', 3, '3/s'],
])('%s in %s (%s) is written as people read it', (name, unit, kind, value, written) => {
  expect(toPanel(name, series({ name, unit, kind, points: [[0, value]] })).panel.format(value)).toBe(written);
});
