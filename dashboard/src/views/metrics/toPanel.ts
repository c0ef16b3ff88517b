import type { Line, Panel } from '../../charts/panels';
import { bytes, percent, short } from '../../format/numbers';
import type { StoredSeries } from '../../wire/series';

/** As many lines as there are colours that can be told apart. */
const linesMax = 4;

export interface MetricPanel {
  readonly panel: Panel;
  readonly times: readonly number[];
  /** Series that are not drawn. */
  readonly left: number;
}

/** The series of one name as a chart: the largest few of them, on one axis of time. */
export function toPanel(name: string, series: readonly StoredSeries[]): MetricPanel {
  const drawn = [...series].sort((a, b) => size(b) - size(a)).slice(0, linesMax);
  const times = [...new Set(drawn.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const [first] = series;
  const isRate = first?.kind === 'counter';
  const panel: Panel = {
    id: name,
    title: isRate ? `${name}, per second` : name,
    stacked: false,
    lines: labelled(drawn).map(([label, one]) => lineOf(label, one, times)),
    most: null,
    format: formatOf(name, first?.unit ?? '', isRate),
    binary: first?.unit === 'By',
  };
  return { panel, times, left: series.length - drawn.length };
}

/** By what tells them apart: labels that all have alike say nothing. */
function labelled(series: readonly StoredSeries[]): readonly (readonly [string, StoredSeries])[] {
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].filter((name) => new Set(series.map(({ labels }) => labels[name])).size > 1);
  return series.map((one) => [names.map((name) => one.labels[name] ?? '–').join(' ') || 'value', one]);
}

function lineOf(label: string, { points }: StoredSeries, times: readonly number[]): Line {
  const known = new Map(points);
  return { label, values: times.map((at) => known.get(at) ?? null) };
}

function size({ points }: StoredSeries): number {
  return points.reduce((total, [, value]) => total + Math.abs(value ?? 0), 0) / Math.max(1, points.length);
}

function formatOf(name: string, unit: string, isRate: boolean): (value: number) => string {
  const after = isRate ? '/s' : '';
  if (unit === 'By') return (value) => bytes(value) + after;
  if (unit === '1' && /utilization|ratio/.test(name)) return percent;
  const shown = unit === '' || unit === '1' || unit.startsWith('{') ? '' : ` ${unit}`;
  return (value) => `${short(value)}${shown}${after}`;
}
