import { memberText, pretty } from '../format/json';
import { letterFilterNames } from '../views/letters/filters';
import type { LetterFilters } from '../views/letters/filters';
import { readBulk, readGroups, readLetter, readLetters, readPurgeCount, readPurged, readTotals } from '../wire/deadLetters';
import type { BulkResult, Letter, LetterGroup, LetterStatus, LetterTotals, PurgeCount, Purged } from '../wire/deadLetters';
import { record, text } from '../wire/read';
import type { Page } from '../work/PagedList';
import { ask, send } from './request';

export type LetterPage = Page<Letter>;

export interface LetterGroups {
  readonly items: readonly LetterGroup[];
  /** Of all letters, whatever the filter. */
  readonly totals: LetterTotals;
}

/** A letter with its payload as text, laid out; no number of it was read and written again. */
export interface WholeLetter {
  readonly letter: Letter;
  readonly payload: string;
}

export interface ReplayAnswer {
  readonly outcome: 'recovered' | 'refused' | 'failed';
  readonly refusal: string;
  readonly now: WholeLetter;
}

export type BulkAction = 'replay' | 'discard';

export interface BulkOrder {
  readonly filters: LetterFilters;
  readonly limit: number;
  readonly reason: string;
}

/** Which letters are to be deleted for good. */
export interface PurgeOrder {
  readonly olderThanDays: number;
  /** Empty: all but those that still wait. */
  readonly status: LetterStatus | '';
}

/** The longest that can be asked for; the server's bound. */
export const purgeDaysMax = 3650;

/** Letters that one operation may concern; the server's bound. */
export const bulkMax = 10_000;

const pageSize = 50;

/** The dead letters over HTTP. */
export class DeadLettersApi {
  constructor(private readonly base: string) {}

  listUrl(filters: LetterFilters): URL {
    return this.#url('', filters);
  }

  exportUrl(filters: LetterFilters): URL {
    return this.#url('/export', filters);
  }

  letterUrl(id: number | string): URL {
    return this.#url(`/${id}`);
  }

  async list(filters: LetterFilters, cursor: string | null, signal: AbortSignal): Promise<LetterPage> {
    const url = this.listUrl(filters);
    url.searchParams.set('limit', String(pageSize));
    if (cursor !== null) url.searchParams.set('cursor', cursor);
    const body = record(JSON.parse(await ask(url, { signal })));
    return { items: readLetters(body.items), nextCursor: text(body.next_cursor) || null };
  }

  async groups(filters: LetterFilters, signal: AbortSignal): Promise<LetterGroups> {
    const body = record(JSON.parse(await ask(this.#url('/groups', filters), { signal })));
    return { items: readGroups(body.items), totals: readTotals(body.totals) };
  }

  async get(id: string, signal: AbortSignal): Promise<WholeLetter> {
    return whole(await ask(this.letterUrl(id), { signal }));
  }

  /** Replaces the payload by the text, as it stands, if the letter is still the version that the text was written over. */
  async edit(id: number, version: number, payload: string, reason: string): Promise<WholeLetter> {
    const body = `{"original_payload":${payload},"replace":true,"reason":${JSON.stringify(reason)}}`;
    return whole(await send('PATCH', this.letterUrl(id), body, { 'if-match': `"${version}"` }));
  }

  async replay(id: number): Promise<ReplayAnswer> {
    const body = await send('POST', this.#url(`/${id}/replay`), '{}');
    const { outcome, refusal } = record(JSON.parse(body));
    return { outcome: outcome === 'recovered' || outcome === 'failed' ? outcome : 'refused', refusal: text(refusal), now: whole(memberText(body, 'letter')) };
  }

  async discard(id: number, reason: string): Promise<WholeLetter> {
    return whole(await send('POST', this.#url(`/${id}/discard`), JSON.stringify({ reason })));
  }

  /** How many letters an operation would concern, up to `bulkMax`. */
  async count(action: BulkAction, filters: LetterFilters): Promise<number> {
    return (await this.#overMany(action, { filter: wireFilter(filters), limit: bulkMax, dry_run: true })).matched;
  }

  overMany(action: BulkAction, { filters, limit, reason }: BulkOrder): Promise<BulkResult> {
    return this.#overMany(action, { filter: wireFilter(filters), limit, reason });
  }

  /** What a purge would delete. */
  async countPurge(order: PurgeOrder, signal: AbortSignal): Promise<PurgeCount> {
    const body = JSON.stringify({ ...wirePurge(order), dry_run: true });
    return readPurgeCount(JSON.parse(await ask(this.#url('/purge'), { method: 'POST', body, signal, headers: { 'content-type': 'application/json' } })));
  }

  async purge(order: PurgeOrder, reason: string): Promise<Purged> {
    return readPurged(JSON.parse(await send('POST', this.#url('/purge'), JSON.stringify({ ...wirePurge(order), reason }))));
  }

  async #overMany(action: BulkAction, order: object): Promise<BulkResult> {
    return readBulk(JSON.parse(await send('POST', this.#url(`/${action}`), JSON.stringify(order))));
  }

  #url(path: string, filters?: LetterFilters): URL {
    const url = new URL(`api/dead-letters${path}`, this.base);
    if (filters !== undefined) url.search = new URLSearchParams(wireFilter(filters)).toString();
    return url;
  }
}

function wireFilter(filters: LetterFilters): Record<string, string> {
  return Object.fromEntries(letterFilterNames.filter((name) => filters[name] !== '').map((name) => [name, filters[name]]));
}

const wirePurge = ({ olderThanDays, status }: PurgeOrder): object => ({ older_than_days: olderThanDays, ...(status === '' ? {} : { status }) });

const whole = (body: string): WholeLetter => ({ letter: readLetter(JSON.parse(body)), payload: pretty(memberText(body, 'original_payload')) });
