import { signal } from '@preact/signals';
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import '../src/style.css';
import { Chart } from '../src/charts/Chart';
import type { Panel } from '../src/charts/panels';
import { percent } from '../src/format/numbers';

// The page's own charts, twelve of them with two lines of 600 points, each moved on twice a second.

const [charts, points, stepMs] = [12, 600, 500];
const height = (at: number, line: number): number => (Math.sin(at / 17 + line) + 1) / 4 + (((at * 7919) % 100) / 100) * 0.3;

const last = signal(points);

function Charts() {
  const from = last.value - points;
  const places = Array.from({ length: points }, (_, place) => from + place);
  const times = places.map((place) => Date.UTC(2026, 0, 1) + place * stepMs);
  const panels = Array.from({ length: charts }, (_, chart): Panel => {
    const lines = ['one', 'other'].map((label, line) => ({ label, values: places.map((place) => height(place, chart + line)) }));
    return { id: `chart-${chart}`, title: `Chart ${chart + 1}`, stacked: false, lines, most: 1, format: percent, binary: false };
  });
  return (
    <section class="charts">
      {panels.map((panel) => (
        <Chart key={panel.id} panel={panel} times={times} />
      ))}
    </section>
  );
}

render(<Charts />, document.getElementById('app')!);
setInterval(() => last.value++, stepMs);
