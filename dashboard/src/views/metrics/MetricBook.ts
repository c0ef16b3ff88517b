import { signal } from '@preact/signals';
import { ApiFault } from '../../api/request';
import type { SeriesApi } from '../../api/series';
import type { StoredSeries } from '../../wire/series';
import { toPanel } from './toPanel';
import type { MetricPanel } from './toPanel';

/** What is known of a name: its chart, or why it has none; null on its way. */
export type Shown = MetricPanel | ApiFault | null;

/** Charts of stored series, for some names over some time. */
export class MetricBook {
  readonly charts = signal<ReadonlyMap<string, Shown>>(new Map());

  /** Why none can be read at present: the server or its store is away. What was read before stays. */
  readonly fault = signal<ApiFault | null>(null);
  readonly #counters = new Set<string>();
  #request = new AbortController();

  constructor(private readonly api: Pick<SeriesApi, 'read'>) {}

  /** Reads them one after the other: a page must not ask for twelve ranges at once. What is shown stays until the answer has come. */
  async load(names: readonly string[], minutes: number, until: number): Promise<void> {
    this.#request.abort();
    const { signal: aborted } = (this.#request = new AbortController());
    const before = this.charts.peek();
    this.charts.value = new Map(names.map((name) => [name, before.get(name) ?? null]));
    for (const name of names) {
      const shown = await this.#read(name, until - minutes * 60_000, until, aborted).catch(ApiFault.of);
      if (aborted.aborted) return;
      this.fault.value = shown instanceof ApiFault && isAway(shown) ? shown : null;
      if (this.fault.value !== null) return;
      this.charts.value = new Map([...this.charts.peek(), [name, shown]]);
    }
  }

  stop(): void {
    this.#request.abort();
  }

  async #read(name: string, since: number, until: number, aborted: AbortSignal): Promise<MetricPanel> {
    const ask = (aggregation: 'avg' | 'rate'): Promise<readonly StoredSeries[]> => this.api.read({ name, since, until, aggregation }, aborted);
    const series = await ask(this.#counters.has(name) ? 'rate' : 'avg');
    if (this.#counters.has(name) || !series.some(({ kind }) => kind === 'counter')) return toPanel(name, series);
    // What only grows says nothing by its height; that it is such a one is told with the first answer.
    this.#counters.add(name);
    return toPanel(name, await ask('rate'));
  }
}

/** Nobody answered, or the store is not to be had: the next name would fare no better. */
const isAway = ({ status }: ApiFault): boolean => status === 0 || status === 503;
