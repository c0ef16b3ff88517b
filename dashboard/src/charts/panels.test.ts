import { describe, expect, test } from 'vitest';
import { after } from '../support/samples';
import { carry, extremes } from './lines';
import { panels } from './panels';
import { plotData } from './plot';

const series = [
  [0, 'system.cpu.utilization', { 'cpu.mode': 'user' }, '1', 'gauge'],
  [1, 'system.cpu.utilization', { 'cpu.mode': 'nice' }, '1', 'gauge'],
  [2, 'system.cpu.utilization', { 'cpu.mode': 'system' }, '1', 'gauge'],
  [3, 'system.memory.usage', { 'system.memory.state': 'used' }, 'By', 'gauge'],
  [4, 'system.memory.usage', { 'system.memory.state': 'free' }, 'By', 'gauge'],
  [5, 'system.disk.io', { 'system.device': 'sda', 'disk.io.direction': 'read' }, 'By', 'counter'],
  [6, 'system.disk.io', { 'system.device': 'sdb', 'disk.io.direction': 'read' }, 'By', 'counter'],
  [7, 'system.network.io', { 'network.interface.name': 'eth0', 'network.io.direction': 'receive' }, 'By', 'counter'],
  [8, 'system.network.io', { 'network.interface.name': 'lo', 'network.io.direction': 'receive' }, 'By', 'counter'],
];

const state = after(
  ['n', series],
  ['t', 1000, [[0, 0.2], [1, 0.1], [2, 0.05], [3, 600], [4, 400], [5, 1000], [6, 0], [7, 0], [8, 0]]],
  ['t', 2000, [[0, 0.4], [1, 0.1], [2, 0.05], [3, 700], [4, 300], [5, 3000], [6, 500], [7, 80], [8, 9999]]],
);
const shown = new Map(panels(state).map((panel) => [panel.id, panel]));
const values = (panel: string, label: string) => shown.get(panel)?.lines.find((line) => line.label === label)?.values;

describe('panels', () => {
  test('processor time is grouped as a person thinks of it', () => {
    const user = values('cpu', 'user')!;

    expect(user.map((value) => value!.toFixed(2))).toEqual(['0.30', '0.50']);
    expect(shown.get('cpu')!.lines.map((line) => line.label)).toEqual(['user', 'system', 'disk wait']);
  });

  test('memory reaches up to what the machine has', () => {
    expect(shown.get('memory')).toMatchObject({ most: 1000, stacked: true });
    expect(values('memory', 'used')).toEqual([600, 700]);
  });

  test('counters of all disks become one rate', () => {
    expect(values('disk', 'read')).toEqual([null, 2500]);
  });

  test('the loopback interface is not the network', () => {
    expect(values('network', 'received')).toEqual([null, 80]);
  });

  test('refusals have a line when there are some', () => {
    const rates = (refused: number) => ['d', 'overview', 'c', [{ op: 'put', key: 'rates', value: { events_per_s: 1, refused_per_s: refused } }]];
    const labels = (refused: number) => panels(after(['k', 1000], rates(refused)))[0]!.lines.map((line) => line.label);

    expect(labels(0)).toEqual(['received']);
    expect(labels(2)).toEqual(['received', 'refused']);
  });

  test('without any reading every chart is empty and none fails', () => {
    expect(panels(after()).every((panel) => panel.lines.every((line) => line.values.length === 0))).toBe(true);
  });
});

test('a stack is handed over from its top, its parts standing on each other', () => {
  const panel = { ...shown.get('memory')!, lines: [{ label: 'a', values: [1, null, null] }, { label: 'b', values: [2, 3, null] }] };

  expect(plotData(panel, [1, 2, 3])).toEqual([[1, 2, 3], [3, 3, null], [1, null, null]]);
});

test('a late reading is drawn as the last one known, a hole stays', () => {
  expect(carry([0, 1000, 2000, 3000], [1, null, 3, null])).toEqual([1, 1, 3, 3]);
  expect(carry([0, 1000, 20_000], [1, null, 3])).toEqual([1, null, 3]);
  expect(carry([0, 1000], [null, null])).toEqual([null, null]);
});

test('a chart in words', () => {
  expect(extremes([2, null, 4])).toEqual({ now: 4, least: 2, mean: 3, most: 4 });
  expect(extremes([null])).toBeNull();
});
