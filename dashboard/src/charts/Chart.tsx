import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { shownTheme } from '../ui/theme';
import { drawingFault, whenFiguresStand } from './drawing';
import type { Drawing } from './drawing';
import { extremes } from './lines';
import type { Line, Panel } from './panels';

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
      {drawingFault.value === '' ? null : <p class="muted">It cannot be drawn ({drawingFault.value}); load the page again. Its figures are above.</p>}
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
          {line.label} <Figure text={shown(line, at, panel)} usual={usualFigure(panel)} />
        </li>
      ))}
    </ul>
  );
}

/** One of about the length that figures of it have: `100 %`, `23.5 MiB/s`, `4,200/s`. */
const usualFigure = ({ format, binary, most }: Panel): string => format(binary ? 23.5 * 1024 ** 2 : (most ?? 4200));

/** As wide as a usual one, or the longest that stood there: a legend that breaks its line now and then would move everything below it. */
function Figure({ text, usual }: { text: string; usual: string }) {
  const longest = useRef(usual.length);
  longest.current = Math.max(longest.current, text.length);
  return (
    <b class="figure" style={{ minWidth: `${longest.current}ch` }}>
      {text}
    </b>
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

/** A chart as it was drawn, and what draws it anew. */
interface Drawn {
  readonly plot: uPlot;
  readonly drawing: Drawing;
}

/** Keeps one uPlot in the element: made anew when its lines or colours change, given new data at every tick. */
function usePlot(panel: Panel, times: readonly number[], onCursor: (at: number | null) => void) {
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  const latest = useRef({ panel, times });
  latest.current = { panel, times };
  const shape = `${shownTheme.value} ${panel.most} ${panel.lines.map((line) => line.label).join()}`;

  useEffect(() => {
    const box = element.current!;
    const resizing = new ResizeObserver(() => drawn.current?.plot.setSize({ width: box.clientWidth, height: box.clientHeight }));
    const giveUp = whenFiguresStand((drawing) => {
      drawn.current = { plot: drawing.makePlot(box, latest.current.panel, latest.current.times, onCursor), drawing };
      resizing.observe(box);
    });
    return () => {
      giveUp();
      resizing.disconnect();
      drawn.current?.plot.destroy();
      drawn.current = null;
    };
  }, [shape]);

  useEffect(() => {
    if (!document.hidden) drawn.current?.plot.setData(drawn.current.drawing.plotData(panel, times));
  }, [panel, times]);

  return element;
}
