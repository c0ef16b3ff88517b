import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { shownTheme } from '../ui/theme';
import { extremes } from './lines';
import type { Line, Panel } from './panels';
import { plotData, plotOptions, readPalette } from './plot';

interface ChartProps {
  readonly panel: Panel;
  readonly times: readonly number[];
}

/** A chart with its figures in words: the canvas is for the eyes, the table says the same to everyone else. */
export function Chart({ panel, times }: ChartProps) {
  const [pointedAt, setPointedAt] = useState<number | null>(null);
  const canvas = usePlot(panel, times, setPointedAt);
  return (
    <figure class="panel chart" data-panel={panel.id}>
      <figcaption>
        <h3>{panel.title}</h3>
        <Legend panel={panel} at={pointedAt} />
      </figcaption>
      <div class="plot" ref={canvas} aria-hidden="true" />
      <FiguresTable panel={panel} />
    </figure>
  );
}

function Legend({ panel, at }: { panel: Panel; at: number | null }) {
  return (
    <ul class="legend">
      {panel.lines.map((line, index) => (
        <li key={line.label}>
          <i class={`swatch line-${(index % 4) + 1}`} />
          {line.label} <b class="figure">{shown(line, at, panel)}</b>
        </li>
      ))}
    </ul>
  );
}

function shown(line: Line, at: number | null, panel: Panel): string {
  const value = at === null ? line.values.at(-1) : line.values[at];
  return value === null || value === undefined ? '–' : panel.format(value);
}

function FiguresTable({ panel }: { panel: Panel }) {
  return (
    <div class="visually-hidden">
      <table>
        <caption>{panel.title}, the last minutes</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">now</th>
            <th scope="col">least</th>
            <th scope="col">mean</th>
            <th scope="col">most</th>
          </tr>
        </thead>
        <tbody>
          {panel.lines.map((line) => (
            <FiguresRow key={line.label} line={line} panel={panel} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function FiguresRow({ line, panel }: { line: Line; panel: Panel }) {
  const figures = extremes(line.values);
  const cell = (value: number | null | undefined): string => (value === null || value === undefined ? 'unknown' : panel.format(value));
  return (
    <tr>
      <th scope="row">{line.label}</th>
      <td>{cell(figures?.now)}</td>
      <td>{cell(figures?.least)}</td>
      <td>{cell(figures?.mean)}</td>
      <td>{cell(figures?.most)}</td>
    </tr>
  );
}

/** Keeps one uPlot in the element: made anew when its lines or colours change, given new data at every tick. */
function usePlot(panel: Panel, times: readonly number[], onCursor: (at: number | null) => void) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = `${shownTheme.value} ${panel.most} ${panel.lines.map((line) => line.label).join()}`;

  useEffect(() => {
    const box = element.current!;
    const made = new uPlot(plotOptions(panel, readPalette(box), box.clientWidth, box.clientHeight, onCursor), plotData(panel, times), box);
    plot.current = made;
    const resizing = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: box.clientHeight }));
    resizing.observe(box);
    return () => {
      resizing.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    if (!document.hidden) plot.current?.setData(plotData(panel, times));
  }, [panel, times]);

  return element;
}
