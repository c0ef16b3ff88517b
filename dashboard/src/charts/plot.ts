import uPlot from 'uplot';
import { hourMinute, hourMinuteSecond } from '../format/time';
import type { Panel } from './panels';

const axisFont = '11px system-ui, sans-serif';
const shortestSpanMs = 60_000;

/** Colours come from the style sheet, so that a theme is in one place. */
interface Palette {
  readonly text: string;
  readonly grid: string;
  readonly lines: readonly string[];
  readonly fills: readonly string[];
}

function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const numbers = [1, 2, 3, 4] as const;
  return {
    text: colour('--muted'),
    grid: colour('--grid'),
    lines: numbers.map((number) => colour(`--line-${number}`)),
    fills: numbers.map((number) => colour(`--fill-${number}`)),
  };
}

/** A chart that fills the box. */
export function makePlot(box: HTMLElement, panel: Panel, times: readonly number[], onCursor: (at: number | null) => void): uPlot {
  return new uPlot(plotOptions(panel, readPalette(box), box.clientWidth, box.clientHeight, onCursor), plotData(panel, times), box);
}

function plotOptions(panel: Panel, palette: Palette, width: number, height: number, onCursor: (at: number | null) => void): uPlot.Options {
  return {
    width,
    height,
    ms: 1,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, sync: { key: 'holdfast' }, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: true, range: (_, from, to) => [Math.min(from, to - shortestSpanMs), to] },
      y: { range: (_, __, most) => [0, panel.most ?? (most > 0 ? most * 1.1 : 1)] },
    },
    axes: [xAxis(palette), yAxis(panel, palette)],
    series: [{}, ...drawingOrder(panel).map((line) => seriesOptions(panel, palette, line))],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}

/** A stack is painted from its top down, so that each part covers the lower end of the one above. */
function drawingOrder({ lines, stacked }: Panel): readonly number[] {
  const order = lines.map((_, at) => at);
  return stacked ? order.reverse() : order;
}

function seriesOptions({ stacked }: Panel, palette: Palette, line: number): uPlot.Series {
  const colour = palette.lines[line % palette.lines.length]!;
  const fill = palette.fills[line % palette.fills.length]!;
  // A wider line costs a machine without a graphics card three times as much.
  return { stroke: colour, width: 1, points: { show: false }, ...(stacked || line === 0 ? { fill } : {}) };
}

function xAxis({ text, grid }: Palette): uPlot.Axis {
  return { ...axis(text, grid), size: 22, space: 80, incrs: timeSteps, values: (_, splits, __, ___, step) => splits.map(step < 60_000 ? hourMinuteSecond : hourMinute) };
}

const timeSteps = [15_000, 30_000, 60_000, 120_000, 300_000];

function yAxis({ format, binary }: Panel, { text, grid }: Palette): uPlot.Axis {
  return { ...axis(text, grid), size: 62, space: 34, ...(binary ? { incrs: powersOfTwo } : {}), values: (_, splits) => splits.map(format) };
}

const powersOfTwo = Array.from({ length: 50 }, (_, exponent) => 2 ** exponent);

const axis = (stroke: string, grid: string): uPlot.Axis => ({
  stroke,
  font: axisFont,
  grid: { stroke: grid, width: 1 },
  ticks: { show: false },
});

/** The panel as uPlot takes it: the time axis, then lines in drawing order; the parts of a stack stand on each other. */
export function plotData(panel: Panel, times: readonly number[]): uPlot.AlignedData {
  const lines = panel.stacked ? stack(panel.lines.map((line) => line.values)) : panel.lines.map((line) => line.values);
  return [times as number[], ...drawingOrder(panel).map((at) => lines[at] as (number | null)[])];
}

function stack(lines: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const stacked: (number | null)[][] = [];
  for (const line of lines) {
    const below = stacked.at(-1);
    stacked.push(line.map((value, at) => (value === null && (below?.[at] ?? null) === null ? null : (value ?? 0) + (below?.[at] ?? 0))));
  }
  return stacked;
}
