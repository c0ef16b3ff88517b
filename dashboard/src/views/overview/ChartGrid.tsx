import { useComputed } from '@preact/signals';
import { Chart } from '../../charts/Chart';
import { panels } from '../../charts/panels';
import { usePage } from '../../context';
import { SpoolPanel } from './SpoolPanel';

export function ChartGrid() {
  const { store } = usePage();
  const series = useComputed(() => store.state.value.series);
  const shown = useComputed(() => panels({ series: series.value, points: store.points.value }));
  const { times } = store.points.value;
  return (
    <section class="charts" aria-label="Charts">
      {shown.value.map((panel) => (
        <Chart key={panel.id} panel={panel} times={times} />
      ))}
      <SpoolPanel />
    </section>
  );
}
