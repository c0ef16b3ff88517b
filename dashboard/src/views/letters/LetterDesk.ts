import { signal } from '@preact/signals';
import type { BulkAction, BulkOrder, DeadLettersApi, PurgeOrder, WholeLetter } from '../../api/deadLetters';
import type { Letter } from '../../wire/deadLetters';
import { Desk } from '../../work/Desk';
import type { Unsaved } from '../../work/Desk';
import type { Said } from '../../work/said';
import type { LetterFilters } from './filters';
import type { LetterList } from './LetterList';
import { bulkWords, purgedWords, replayWords } from './words';

/** An operation over many letters that is under way. */
export interface Progress {
  readonly action: BulkAction;
  readonly of: number;
  readonly done: number;
}

const countEveryMs = 1000;

/** What a person does with letters, and what became of it. */
export class LetterDesk extends Desk<WholeLetter> {
  /** It is being asked what to delete for good. */
  readonly purging = signal(false);
  readonly progress = signal<Progress | null>(null);

  constructor(
    private readonly api: DeadLettersApi,
    private readonly list: LetterList,
    private readonly filters: () => LetterFilters,
  ) {
    super({
      get: (id, aborted) => api.get(id, aborted),
      idOf: ({ letter }) => String(letter.id),
      replace: ({ letter }) => list.replace(letter),
      recount: () => void list.recount(filters(), true),
    });
  }

  replay(id: number): Promise<void> {
    return this.act(`Dead letter ${id} cannot be replayed`, () => this.#replay(id));
  }

  discard(id: number, reason: string): Promise<void> {
    return this.act(`Dead letter ${id} cannot be discarded`, async () => {
      this.show(await this.api.discard(id, reason));
      return { level: 'ok', text: `Dead letter ${id} is discarded.` };
    });
  }

  /** Null when it was done; otherwise why not. The letter is the one that the payload was written over. */
  async save({ id, version }: Letter, payload: string, reason: string, thenReplay: boolean): Promise<Unsaved<WholeLetter> | null> {
    if (this.busy.peek()) return null;
    const done: Said = { level: 'ok', text: `Dead letter ${id} is changed. It is tried again by a replay, or when its time comes.` };
    const unsaved = await this.saved(String(id), () => this.api.edit(id, version, payload, reason), done);
    if (unsaved === null && thenReplay) await this.replay(id);
    return unsaved;
  }

  /** How many letters match; null when that could not be asked, and was said. */
  async count(action: BulkAction): Promise<number | null> {
    let matched: number | null = null;
    await this.act('The letters cannot be counted', async () => {
      matched = await this.api.count(action, this.filters());
      return matched === 0 ? { level: 'warn', text: `There is nothing to ${action}: no letter that matches is still open.` } : null;
    });
    return matched;
  }

  overMany(action: BulkAction, order: BulkOrder): Promise<void> {
    return this.act(`The letters cannot be ${action === 'replay' ? 'replayed' : 'discarded'}`, async () => {
      const stop = this.#follow(action, order.limit);
      try {
        return bulkWords(action, await this.api.overMany(action, order));
      } finally {
        stop();
        this.#readAnew();
      }
    });
  }

  purge(order: PurgeOrder, reason: string): Promise<void> {
    return this.act('The letters cannot be purged', async () => {
      try {
        return purgedWords(await this.api.purge(order, reason));
      } finally {
        this.#readAnew();
      }
    });
  }

  /** Also half-way: what was done was done. */
  #readAnew(): void {
    void this.list.load(this.filters());
    this.reopen();
  }

  async #replay(id: number): Promise<Said> {
    const answer = await this.api.replay(id);
    this.show(answer.now);
    return replayWords(answer);
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
