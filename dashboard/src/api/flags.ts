import { memberText, pretty } from '../format/json';
import { readExplanation, readFlag, readNote } from '../wire/flags';
import type { Explanation, Flag, FlagNote } from '../wire/flags';
import { list, record, text } from '../wire/read';
import { ask, send } from './request';

/** A flag with what is in effect, and the rule that is set, as text; no number of it was read and written again. */
export interface WholeFlag {
  readonly flag: Flag;
  readonly value: string;
  /** Laid out; empty when no rule is set. */
  readonly rule: string;
}

/** What is to be set, as JSON. */
export interface FlagDraft {
  readonly kind: 'value' | 'rule';
  readonly json: string;
}

export type RolloutOrder = 'pause' | 'resume' | 'rollback';

/** A guarded rollout that somebody asks for. */
export interface RolloutPlan {
  readonly variant: string;
  /** Percentages, growing. */
  readonly steps: readonly number[];
  readonly soakSeconds: number;
  /** Share of errors above which it is taken back. */
  readonly errorRate: number;
}

export interface HistoryPage {
  readonly items: readonly FlagNote[];
  /** Where the next older page begins; null at the end. */
  readonly nextCursor: string | null;
}

const pageSize = 500;
const historyPageSize = 10;

/** The flags over HTTP. */
export class FlagsApi {
  constructor(private readonly base: string) {}

  listUrl(): URL {
    const url = this.#url('');
    url.searchParams.set('limit', String(pageSize));
    return url;
  }

  /** All there are: the server bounds their number, and whoever seeks in them wants to seek in all. */
  async list(signal: AbortSignal): Promise<readonly Flag[]> {
    const flags: Flag[] = [];
    const url = this.listUrl();
    for (let cursor: string | null = ''; cursor !== null; ) {
      if (cursor !== '') url.searchParams.set('cursor', cursor);
      const body = record(JSON.parse(await ask(url, { signal })));
      flags.push(...list(body.items).map(readFlag));
      cursor = text(body.next_cursor) || null;
    }
    return flags;
  }

  async get(name: string, signal: AbortSignal): Promise<WholeFlag> {
    return whole(await ask(this.#url(`/${encodeURIComponent(name)}`), { signal }));
  }

  /** Sets it if it is still the version that the draft was made over. */
  async put(name: string, version: number, { kind, json }: FlagDraft, reason: string): Promise<WholeFlag> {
    const body = `{"${kind}":${json},"reason":${JSON.stringify(reason)}}`;
    return whole(await send('PUT', this.#url(`/${encodeURIComponent(name)}`), body, { 'if-match': `"${version}"` }));
  }

  /** Takes back what is set; null when nothing is left of the flag. */
  async reset(name: string, version: number, reason: string): Promise<WholeFlag | null> {
    const url = this.#url(`/${encodeURIComponent(name)}`);
    if (reason !== '') url.searchParams.set('reason', reason);
    const body = await ask(url, { method: 'DELETE', headers: { 'if-match': `"${version}"` } });
    return body === '' ? null : whole(body);
  }

  async kill(name: string, killed: boolean, reason: string): Promise<WholeFlag> {
    return whole(await send('POST', this.#url(`/${encodeURIComponent(name)}/${killed ? 'kill' : 'revive'}`), JSON.stringify({ reason })));
  }

  async steer(name: string, order: RolloutOrder, reason: string): Promise<WholeFlag> {
    return whole(await send('POST', this.#url(`/${encodeURIComponent(name)}/rollout/${order}`), JSON.stringify({ reason })));
  }

  async beginRollout(name: string, { variant, steps, soakSeconds, errorRate }: RolloutPlan, reason: string): Promise<WholeFlag> {
    const body = { variant, steps, soak_seconds: soakSeconds, guards: { error_rate: errorRate }, ...(reason === '' ? {} : { reason }) };
    return whole(await send('POST', this.#url(`/${encodeURIComponent(name)}/rollout`), JSON.stringify(body)));
  }

  /** The context is the text of a JSON object. */
  async explain(name: string, context: string): Promise<Explanation> {
    return readExplanation(JSON.parse(await send('POST', this.#url(`/${encodeURIComponent(name)}/explain`), `{"context":${context}}`)));
  }

  async history(name: string, cursor: string | null, signal: AbortSignal): Promise<HistoryPage> {
    const url = this.#url('/audit');
    url.searchParams.set('name', name);
    url.searchParams.set('limit', String(historyPageSize));
    if (cursor !== null) url.searchParams.set('cursor', cursor);
    const body = record(JSON.parse(await ask(url, { signal })));
    return { items: list(body.items).map(readNote), nextCursor: text(body.next_cursor) || null };
  }

  #url(path: string): URL {
    return new URL(`api/flags${path}`, this.base);
  }
}

function whole(body: string): WholeFlag {
  const rule = memberText(body, 'rule');
  return { flag: readFlag(JSON.parse(body)), value: memberText(body, 'value'), rule: rule === '' ? '' : pretty(rule) };
}
