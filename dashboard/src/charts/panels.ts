import { bytes, bytesPerSecond, percent, perSecond } from '../format/numbers';
import type { Points, Series } from '../state/model';
import { eventRateKey, refusedRateKey } from '../state/overview';
import { toRates } from '../state/points';
import { carry, mean, sum } from './lines';
import type { Values } from './lines';

export interface Line {
  readonly label: string;
  readonly values: Values;
}

/** What one chart shows. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  /** Parts of a whole are stacked, the first at the bottom. */
  readonly stacked: boolean;
  readonly lines: readonly Line[];
  /** The top of the scale where it has a natural one. */
  readonly most: number | null;
  readonly format: (value: number) => string;
  /** Bytes are divided at powers of two, everything else at round decimals. */
  readonly binary: boolean;
}

export interface Known {
  readonly series: ReadonlyMap<number, Series>;
  readonly points: Points;
}

export function panels(known: Known): readonly Panel[] {
  return [eventRate(known), cpu(known), memory(known), disk(known), network(known)];
}

function eventRate({ points }: Known): Panel {
  const line = (label: string, key: string): Line => ({ label, values: carried(points, points.columns.get(key)) });
  const refused = line('refused', refusedRateKey);
  const shown = refused.values.some((value) => value !== null && value > 0) ? [refused] : [];
  return { id: 'events', title: 'Event rate', stacked: false, lines: [line('received', eventRateKey), ...shown], most: null, format: perSecond, binary: false };
}

const cpuParts: readonly (readonly [string, readonly string[]])[] = [
  ['user', ['user', 'nice']],
  ['system', ['system', 'interrupt', 'irq', 'softirq']],
  ['disk wait', ['iowait', 'wait']],
  ['stolen', ['steal']],
];

function cpu(known: Known): Panel {
  const { length } = known.points.times;
  // A machine may tell of each processor or of all together: the mean over them is the machine either way.
  const part = (modes: readonly string[]): Values => sum(modes.map((mode) => mean(columns(known, 'system.cpu.utilization', { 'cpu.mode': mode }), length)), length);
  const lines = cpuParts.map(([label, modes]) => ({ label, values: part(modes) })).filter(worthALine);
  return { id: 'cpu', title: 'CPU', stacked: true, lines, most: 1, format: percent, binary: false };
}

function memory(known: Known): Panel {
  const { length } = known.points.times;
  const state = (...states: readonly string[]): Values =>
    sum(states.flatMap((name) => columns(known, 'system.memory.usage', { 'system.memory.state': name })), length);
  const total = sum(columns(known, 'system.memory.usage', {}), length).findLast((value) => value !== null);
  const lines = [
    { label: 'used', values: state('used') },
    { label: 'cache', values: state('cached', 'buffers') },
  ];
  return { id: 'memory', title: 'Memory', stacked: true, lines, most: total ?? null, format: bytes, binary: true };
}

function disk(known: Known): Panel {
  const line = (label: string, direction: string): Line => ({ label, values: totalRate(known, 'system.disk.io', { 'disk.io.direction': direction }) });
  return { id: 'disk', title: 'Disk', stacked: false, lines: [line('read', 'read'), line('written', 'write')], most: null, format: bytesPerSecond, binary: true };
}

function network(known: Known): Panel {
  const line = (label: string, direction: string): Line => ({
    label,
    values: totalRate(known, 'system.network.io', { 'network.io.direction': direction }, (series) => series.labels['network.interface.name'] !== 'lo'),
  });
  return { id: 'network', title: 'Network', stacked: false, lines: [line('received', 'receive'), line('sent', 'transmit')], most: null, format: bytesPerSecond, binary: true };
}

function totalRate(known: Known, name: string, labels: Series['labels'], also: (series: Series) => boolean = () => true): Values {
  const { times } = known.points;
  const rates = matching(known, name, labels).filter(also).map((series) => carry(times, toRates(times, known.points.columns.get(series.key) ?? [])));
  return sum(rates, times.length);
}

function columns(known: Known, name: string, labels: Series['labels']): readonly Values[] {
  return matching(known, name, labels).map((series) => carried(known.points, known.points.columns.get(series.key)));
}

function matching({ series }: Known, name: string, labels: Series['labels']): readonly Series[] {
  const wanted = Object.entries(labels);
  return [...series.values()].filter((one) => one.name === name && wanted.every(([label, value]) => one.labels[label] === value));
}

const carried = (points: Points, values: Values | undefined): Values => (values === undefined ? points.times.map(() => null) : carry(points.times, values));

/** Only virtual machines are stolen from, and a hundredth of it is none of anybody's business. */
const worthALine = ({ label, values }: Line): boolean => label !== 'stolen' || values.some((value) => value !== null && value > 0.01);
