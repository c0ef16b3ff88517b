import { usePage } from '../../context';
import { percent } from '../../format/numbers';
import { relative } from '../../format/time';
import { kept } from '../../kept/kept';
import { baselineKey, baselineOf, differences, readBaseline } from './baseline';
import type { MetricBook, Shown } from './MetricBook';

/** Takes what is on the screen as usual, and forgets it again. */
export function BaselineActions({ book }: { book: MetricBook }) {
  const { store } = usePage();
  const baseline = readBaseline(kept.documents.value.get(baselineKey));
  const take = (): void => void kept.put(baselineKey, baselineOf(book.charts.peek(), store.serverNow.peek()));
  return (
    <span class="baseline">
      <button type="button" onClick={take}>
        {baseline === null ? 'Take as baseline' : 'Take a new baseline'}
      </button>
      {baseline === null ? null : (
        <>
          <span class="muted">Baseline of {relative(Math.min(baseline.takenAt, store.serverNow.value), store.serverNow.value)}</span>
          <button type="button" class="quiet" onClick={() => void kept.remove(baselineKey)}>
            Forget it
          </button>
        </>
      )}
    </span>
  );
}

/** How a chart differs from what was usual. */
export function Against({ name, shown }: { name: string; shown: Shown }) {
  const baseline = readBaseline(kept.documents.value.get(baselineKey));
  const found = baseline === null ? [] : differences(name, shown, baseline);
  return found.length === 0 ? null : (
    <span class="against">
      Against the baseline:{' '}
      {found.map(({ label, share, isNotable }) => (
        <span key={label} data-level={isNotable ? 'warn' : undefined}>
          {found.length === 1 ? '' : `${label} `}
          {share === null ? 'up from nothing' : `${share > 0 ? '+' : share < 0 ? '−' : '±'}${percent(Math.abs(share))}`}{' '}
        </span>
      ))}
    </span>
  );
}
