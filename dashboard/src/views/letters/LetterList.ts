import { signal } from '@preact/signals';
import { ApiFault } from '../../api/request';
import type { DeadLettersApi } from '../../api/deadLetters';
import type { Letter, LetterGroup, LetterTotals } from '../../wire/deadLetters';
import { letterStatuses } from '../../wire/deadLetters';
import type { LetterFilters } from './filters';

export type ListState = 'loading' | 'ready' | 'loading more' | ApiFault;

/** Beyond this a person scrolls in vain; a filter finds what they look for. */
const rowsMax = 2000;

/** The letters that pass a filter, page by page, their causes, and how many there are in all. */
export class LetterList {
  readonly state = signal<ListState>('loading');
  readonly rows = signal<readonly Letter[]>([]);
  readonly groups = signal<readonly LetterGroup[]>([]);
  /** Of all letters, whatever the filter; null before the first answer. */
  readonly totals = signal<LetterTotals | null>(null);
  /** Where the next page begins; null at the end. */
  readonly next = signal<string | null>(null);
  /** The store has other letters than when the rows were read. */
  readonly outdated = signal(false);
  #request = new AbortController();

  constructor(private readonly api: Pick<DeadLettersApi, 'list' | 'groups'>) {}

  get isFull(): boolean {
    return this.rows.value.length >= rowsMax;
  }

  /** Begins anew. What is on the screen stays there until the answer has come. */
  async load(filters: LetterFilters): Promise<void> {
    const { signal: aborted } = this.#begin();
    this.state.value = 'loading';
    await this.#orFault(aborted, async () => {
      const [page, groups] = await Promise.all([this.api.list(filters, null, aborted), this.api.groups(filters, aborted)]);
      if (aborted.aborted) return;
      this.rows.value = page.items;
      this.next.value = page.nextCursor;
      this.groups.value = groups.items;
      this.totals.value = groups.totals;
      this.outdated.value = false;
    });
  }

  async more(filters: LetterFilters): Promise<void> {
    const cursor = this.next.peek();
    if (cursor === null || this.state.peek() === 'loading' || this.state.peek() === 'loading more') return;
    const { signal: aborted } = this.#begin();
    this.state.value = 'loading more';
    await this.#orFault(aborted, async () => {
      const page = await this.api.list(filters, cursor, aborted);
      if (aborted.aborted) return;
      const known = new Set(this.rows.peek().map(({ id }) => id));
      this.rows.value = [...this.rows.peek(), ...page.items.filter(({ id }) => !known.has(id))];
      this.next.value = page.nextCursor;
    });
  }

  /** Asks for the counts alone: rows must not move under whoever reads them. */
  async recount(filters: LetterFilters, mine: boolean): Promise<void> {
    const before = this.totals.peek();
    const { signal: aborted } = this.#request;
    const counted = await this.api.groups(filters, aborted).catch(ApiFault.of);
    // A count that fails changes nothing that is shown; the next look at the list tells the fault.
    if (aborted.aborted || counted instanceof ApiFault) return;
    this.groups.value = counted.items;
    this.totals.value = counted.totals;
    if (!mine && before !== null && letterStatuses.some((status) => before[status] !== counted.totals[status])) this.outdated.value = true;
  }

  /** Puts a letter as it is now in the place where it stands. */
  replace(letter: Letter): void {
    this.rows.value = this.rows.peek().map((row) => (row.id === letter.id ? letter : row));
  }

  stop(): void {
    this.#request.abort();
  }

  #begin(): AbortController {
    this.#request.abort();
    this.#request = new AbortController();
    return this.#request;
  }

  async #orFault(aborted: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (!aborted.aborted) this.state.value = 'ready';
    } catch (fault) {
      if (!aborted.aborted) this.state.value = ApiFault.of(fault);
    }
  }
}
