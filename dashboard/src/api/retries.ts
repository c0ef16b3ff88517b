import { memberText, pretty } from '../format/json';
import { wireFilter } from '../views/retries/filters';
import type { RetryFilters } from '../views/retries/filters';
import { record, text } from '../wire/read';
import { readAlerts, readHistory, readRetries, readRetry, readRetryGroups, readRetryTotals } from '../wire/retries';
import type { Retry, RetryAlert, RetryGroup, RetryMoment, RetryTotals } from '../wire/retries';
import type { Page } from '../work/PagedList';
import { ask, send } from './request';

/** A retry with its payload as text, laid out; no number of it was read and written again. */
export interface WholeRetry {
  readonly retry: Retry;
  readonly payload: string;
  /** The event that told of the failure, laid out; empty when it was handed in. */
  readonly originalEvent: string;
  readonly history: readonly RetryMoment[];
}

export type RetryAction = 'requeue' | 'cancel' | 'dead-letter';

const pageSize = 50;

/** The queue of failed operations over HTTP. */
export class RetriesApi {
  constructor(private readonly base: string) {}

  listUrl(filters: RetryFilters): URL {
    return this.#url('', filters);
  }

  retryUrl(id: string): URL {
    return this.#url(`/${id}`);
  }

  async list(filters: RetryFilters, cursor: string | null, signal: AbortSignal): Promise<Page<Retry>> {
    const url = this.listUrl(filters);
    url.searchParams.set('limit', String(pageSize));
    if (cursor !== null) url.searchParams.set('cursor', cursor);
    const body = record(JSON.parse(await ask(url, { signal })));
    return { items: readRetries(body.items), nextCursor: text(body.next_cursor) || null };
  }

  async groups(filters: RetryFilters, signal: AbortSignal): Promise<readonly RetryGroup[]> {
    return readRetryGroups(record(JSON.parse(await ask(this.#url('/groups', filters), { signal }))).items);
  }

  async totals(signal: AbortSignal): Promise<RetryTotals> {
    return readRetryTotals(record(JSON.parse(await ask(this.#url('/stats'), { signal }))).totals);
  }

  async alerts(signal: AbortSignal): Promise<readonly RetryAlert[]> {
    return readAlerts(record(JSON.parse(await ask(this.#url('/alerts'), { signal }))).items);
  }

  async get(id: string, signal: AbortSignal): Promise<WholeRetry> {
    return whole(await ask(this.retryUrl(id), { signal }));
  }

  /** Puts the text, as it stands, in the place of the payload, if the retry is still the version that it was written over. */
  async edit(id: string, version: number, payload: string, reason: string): Promise<void> {
    await send('PATCH', this.retryUrl(id), `{"payload":${payload},"reason":${JSON.stringify(reason)}}`, { 'if-match': `"${version}"` });
  }

  async act(id: string, action: RetryAction, reason: string): Promise<void> {
    await send('POST', this.#url(`/${id}/${action}`), JSON.stringify({ reason }));
  }

  #url(path: string, filters?: RetryFilters): URL {
    const url = new URL(`api/retries${path}`, this.base);
    if (filters !== undefined) url.search = new URLSearchParams(wireFilter(filters)).toString();
    return url;
  }
}

function whole(body: string): WholeRetry {
  const original = memberText(body, 'original_event');
  return {
    retry: readRetry(JSON.parse(body)),
    payload: pretty(memberText(body, 'payload')),
    originalEvent: original === '' || original === 'null' ? '' : pretty(original),
    history: readHistory(record(JSON.parse(body)).history),
  };
}
