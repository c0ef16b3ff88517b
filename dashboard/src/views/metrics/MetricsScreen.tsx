import { computed } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiFault } from '../../api/request';
import { SeriesApi } from '../../api/series';
import { Chart } from '../../charts/Chart';
import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { count } from '../../format/numbers';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import { Failed } from '../../work/Failed';
import { onFilters } from '../../work/follow';
import { Against, BaselineActions } from './Baseline';
import { emptyMetricFilters, rangeOf, ranges } from './filters';
import type { MetricFilters, Range } from './filters';
import { MetricBook } from './MetricBook';
import type { Shown } from './MetricBook';
import './metrics.css';

/** More charts than these nobody looks at together; a filter finds the others. */
const chartsMax = 12;

/** How often a range that ends now is read anew. */
const readEveryMs = 15_000;

/** What was measured, over any time that is kept. */
export function MetricsScreen() {
  const { store } = usePage();
  const api = useMemo(() => new SeriesApi(document.baseURI), []);
  const book = useMemo(() => new MetricBook(api), [api]);
  const known = useMemo(() => computed(() => namesOf(store.state.value.series.values())), [store]);
  const wanted = useMemo(() => computed(() => ({ names: matching(known.value, route.value.metrics.text).join('\n'), range: rangeOf(route.value.metrics) })), [known]);
  const again = (): void => load(book, wanted.peek());
  useEffect(() => follow(book, wanted), [book, wanted]);
  const fault = book.fault.value;
  const matched = matching(known.value, route.value.metrics.text);
  return (
    <section class="metrics" aria-labelledby="metrics-title">
      <div class="panel log-head">
        <h2 id="metrics-title">Metrics</h2>
        <span class="muted">{known.value.length === 0 ? 'Nothing is measured yet.' : `${count(Math.min(matched.length, chartsMax))} of ${count(known.value.length)} names`}</span>
        <FilterBar names={known.value} />
        {matched.length === 0 ? null : <BaselineActions book={book} />}
      </div>
      {fault === null ? null : <Failed fault={fault} stale={[...book.charts.value.values()].some((shown) => shown !== null)} again={again} />}
      <div class="charts">
        {matched.slice(0, chartsMax).map((name) => (
          <MetricChart key={name} name={name} shown={book.charts.value.get(name) ?? null} isAway={fault !== null} api={api} range={rangeOf(route.value.metrics)} />
        ))}
      </div>
      {matched.length === 0 && known.value.length > 0 ? <p class="panel muted">No name passes the filter.</p> : null}
      {matched.length > chartsMax ? <p class="muted older">{count(matched.length - chartsMax)} more are found with a filter.</p> : null}
    </section>
  );
}

const namesOf = (series: Iterable<{ readonly name: string }>): readonly string[] => [...new Set([...series].map(({ name }) => name))].sort();

const matching = (names: readonly string[], text: string): readonly string[] => names.filter((name) => name.toLowerCase().includes(text.trim().toLowerCase()));

interface Wanted {
  /** A line each. */
  readonly names: string;
  readonly range: Range;
}

function load(book: MetricBook, { names, range }: Wanted): void {
  void book.load(names === '' ? [] : names.split('\n').slice(0, chartsMax), ranges[range], Date.now());
}

/** Reads when the filter changes, and again while somebody looks. */
function follow(book: MetricBook, wanted: ReadonlySignal<Wanted>): () => void {
  // Names alone: a new value of a series is no reason to read.
  const asked = computed(() => `${wanted.value.range}\n${wanted.value.names}`);
  const stop = onFilters(asked, () => load(book, wanted.peek()));
  const timer = setInterval(() => {
    if (!document.hidden) load(book, wanted.peek());
  }, readEveryMs);
  return () => {
    stop();
    clearInterval(timer);
    book.stop();
  };
}

function FilterBar({ names }: { names: readonly string[] }) {
  const { metrics } = route.value;
  return (
    <form class="filters" role="search" aria-label="Filter metrics" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        data-filter="text"
        aria-label="Name"
        placeholder="Name ( / )"
        list="metric-names"
        value={metrics.text}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => set({ text: event.currentTarget.value })}
      />
      <datalist id="metric-names">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <select aria-label="Range" data-filter="range" value={rangeOf(metrics)} onChange={(event) => set({ range: event.currentTarget.value })}>
        {(Object.keys(ranges) as Range[])
          .sort((a, b) => ranges[a] - ranges[b])
          .map((range) => (
            <option key={range} value={range}>
              Last {range}
            </option>
          ))}
      </select>
      {metrics.text === '' ? null : (
        <button type="button" class="quiet" onClick={() => set(emptyMetricFilters)}>
          Clear
        </button>
      )}
    </form>
  );
}

const set = (filters: Partial<MetricFilters>): void => refine({ ...route.value, metrics: { ...route.value.metrics, ...filters } });

function MetricChart({ name, shown, isAway, api, range }: { name: string; shown: Shown; isAway: boolean; api: SeriesApi; range: Range }) {
  if (shown === null) return <p class="panel muted">{isAway ? `${name} was not read yet.` : `Reading ${name}.`}</p>;
  if (shown instanceof ApiFault) {
    return (
      <p class="panel" role="alert">
        <b>{name}</b> cannot be read: {shown.message} {shown.detail}
      </p>
    );
  }

  if (shown.times.length === 0) return <p class="panel muted">{name} has no value in this time.</p>;
  const copy = (): string => {
    const until = Date.now();
    return curlGet(api.url({ name, since: until - ranges[range] * 60_000, until, aggregation: 'avg' }));
  };
  return (
    <div class="metric">
      <Chart panel={shown.panel} times={shown.times} />
      <p class="muted metric-foot">
        <span>
          <Against name={name} shown={shown} /> {shown.left === 0 ? '' : `${count(shown.left)} more series. `}
        </span>
        <CopyButton label="Copy as curl" text={copy} />
      </p>
    </div>
  );
}
