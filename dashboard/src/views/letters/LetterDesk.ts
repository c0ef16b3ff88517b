import { signal } from '@preact/signals';
import { ApiFault } from '../../api/request';
import type { BulkAction, BulkOrder, DeadLettersApi, WholeLetter } from '../../api/deadLetters';
import type { LetterFilters } from './filters';
import type { LetterList } from './LetterList';
import { bulkWords, faultWords, replayWords } from './words';
import type { Said } from './words';

/** The letter that is open: on its way, there, or not to be had. */
export type Opened = { readonly id: string; readonly whole: WholeLetter | ApiFault | null };

/** An operation over many letters that is under way. */
export interface Progress {
  readonly action: BulkAction;
  readonly of: number;
  readonly done: number;
}

const countEveryMs = 1000;

/** What a person does with letters, and what became of it. One thing at a time. */
export class LetterDesk {
  readonly opened = signal<Opened | null>(null);
  readonly editing = signal(false);
  readonly busy = signal(false);
  readonly said = signal<Said | null>(null);
  readonly progress = signal<Progress | null>(null);
  #request = new AbortController();

  constructor(
    private readonly api: DeadLettersApi,
    private readonly list: LetterList,
    private readonly filters: () => LetterFilters,
  ) {}

  /** Reads the letter as it is now; none for an empty id. */
  async open(id: string): Promise<void> {
    this.#request.abort();
    const request = (this.#request = new AbortController());
    this.editing.value = false;
    this.opened.value = id === '' ? null : { id, whole: null };
    if (id === '') return;
    const whole = await this.api.get(id, request.signal).catch(ApiFault.of);
    if (request.signal.aborted) return;
    this.opened.value = { id, whole };
    if (!(whole instanceof ApiFault)) this.list.replace(whole.letter);
  }

  replay(id: number): Promise<void> {
    return this.#act(`Dead letter ${id} cannot be replayed`, () => this.#replay(id));
  }

  discard(id: number, reason: string): Promise<void> {
    return this.#act(`Dead letter ${id} cannot be discarded`, async () => {
      this.#show(await this.api.discard(id, reason));
      return { level: 'ok', text: `Dead letter ${id} is discarded.` };
    });
  }

  /** Null when it was done; otherwise why not, for the editor to show beside the fields. */
  async save(id: number, payload: string, reason: string, thenReplay: boolean): Promise<ApiFault | null> {
    if (this.busy.peek()) return null;
    this.busy.value = true;
    try {
      this.#show(await this.api.edit(id, payload, reason));
      this.editing.value = false;
      this.said.value = { level: 'ok', text: `Dead letter ${id} is changed. It is tried again by a replay, or when its time comes.` };
    } catch (fault) {
      return ApiFault.of(fault);
    } finally {
      this.busy.value = false;
    }
    if (thenReplay) await this.replay(id);
    return null;
  }

  /** How many letters match; null when that could not be asked, and was said. */
  async count(action: BulkAction): Promise<number | null> {
    let matched: number | null = null;
    await this.#act('The letters cannot be counted', async () => {
      matched = await this.api.count(action, this.filters());
      return matched === 0 ? { level: 'warn', text: `There is nothing to ${action}: no letter that matches is still open.` } : null;
    });
    return matched;
  }

  overMany(action: BulkAction, order: BulkOrder): Promise<void> {
    return this.#act(`The letters cannot be ${action === 'replay' ? 'replayed' : 'discarded'}`, async () => {
      const stop = this.#follow(action, order.limit);
      try {
        return bulkWords(action, await this.api.overMany(action, order));
      } finally {
        stop();
        // Also half-way: what was done was done.
        void this.list.load(this.filters());
        if (this.opened.peek() !== null) void this.open(this.opened.peek()!.id);
      }
    });
  }

  stop(): void {
    this.#request.abort();
  }

  async #replay(id: number): Promise<Said> {
    const answer = await this.api.replay(id);
    this.#show(answer.now);
    return replayWords(answer);
  }

  async #act(failing: string, work: () => Promise<Said | null>): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    try {
      this.said.value = await work();
    } catch (fault) {
      this.said.value = faultWords(failing, ApiFault.of(fault));
    } finally {
      this.busy.value = false;
    }
    void this.list.recount(this.filters(), true);
  }

  #show(whole: WholeLetter): void {
    this.list.replace(whole.letter);
    if (this.opened.peek()?.id === String(whole.letter.id)) this.opened.value = { id: String(whole.letter.id), whole };
  }

  /** The server answers when all is done; until then its totals tell how far it is. */
  #follow(action: BulkAction, of: number): () => void {
    const reached = (): number => this.list.totals.peek()?.[action === 'replay' ? 'recovered' : 'discarded'] ?? 0;
    const before = reached();
    this.progress.value = { action, of, done: 0 };
    const timer = setInterval(() => {
      void this.list.recount(this.filters(), true).then(() => {
        if (this.progress.peek() !== null) this.progress.value = { action, of, done: Math.min(of, Math.max(0, reached() - before)) };
      });
    }, countEveryMs);
    return () => {
      clearInterval(timer);
      this.progress.value = null;
    };
  }
}
