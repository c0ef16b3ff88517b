import { record } from '../wire/read';
import { readStoredSeries } from '../wire/series';
import type { StoredSeries } from '../wire/series';
import { ask } from './request';

export interface SeriesQuestion {
  readonly name: string;
  readonly since: number;
  readonly until: number;
  readonly aggregation: 'avg' | 'rate';
}

/** Stored series over HTTP. */
export class SeriesApi {
  constructor(private readonly base: string) {}

  url({ name, since, until, aggregation }: SeriesQuestion): URL {
    const url = new URL('api/series', this.base);
    url.search = new URLSearchParams({ name, since: String(since), until: String(until), agg: aggregation }).toString();
    return url;
  }

  async read(question: SeriesQuestion, signal: AbortSignal): Promise<readonly StoredSeries[]> {
    return readStoredSeries(record(JSON.parse(await ask(this.url(question), { signal }))).items);
  }
}
