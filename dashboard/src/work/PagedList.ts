import { signal } from '@preact/signals';
import { ApiFault } from '../api/request';

export type ListState = 'loading' | 'ready' | 'loading more' | ApiFault;

export interface Page<Row> {
  readonly items: readonly Row[];
  /** Where the next older page begins; null at the end. */
  readonly nextCursor: string | null;
}

export type ReadPage<Row, Filters> = (filters: Filters, cursor: string | null, signal: AbortSignal) => Promise<Page<Row>>;

/** Beyond this a person scrolls in vain; a filter finds what they look for. */
const rowsMax = 2000;

/** The rows of a store that pass a filter, page by page. */
export class PagedList<Row extends { readonly id: unknown }, Filters> {
  readonly state = signal<ListState>('loading');
  readonly rows = signal<readonly Row[]>([]);
  /** Where the next page begins; null at the end. */
  readonly next = signal<string | null>(null);
  /** Of what is under way, or was last. */
  protected request = new AbortController();

  constructor(private readonly read: ReadPage<Row, Filters>) {}

  get isFull(): boolean {
    return this.rows.value.length >= rowsMax;
  }

  /** Begins anew. What is on the screen stays there until the answer has come. */
  load(filters: Filters): Promise<void> {
    return this.#orFault('loading', async (aborted) => {
      const [page, show] = await Promise.all([this.read(filters, null, aborted), this.readBeside(filters, aborted)]);
      if (aborted.aborted) return;
      this.rows.value = page.items;
      this.next.value = page.nextCursor;
      show();
    });
  }

  async more(filters: Filters): Promise<void> {
    const cursor = this.next.peek();
    if (cursor === null || this.state.peek() === 'loading' || this.state.peek() === 'loading more') return;
    await this.#orFault('loading more', async (aborted) => {
      const page = await this.read(filters, cursor, aborted);
      if (aborted.aborted) return;
      const known = new Set(this.rows.peek().map(({ id }) => id));
      this.rows.value = [...this.rows.peek(), ...page.items.filter(({ id }) => !known.has(id))];
      this.next.value = page.nextCursor;
    });
  }

  /** Puts a row as it is now in the place where it stands. */
  replace(row: Row): void {
    this.rows.value = this.rows.peek().map((one) => (one.id === row.id ? row : one));
  }

  stop(): void {
    this.request.abort();
  }

  /** What is read with the first page, and shown at once with it. */
  protected async readBeside(_filters: Filters, _aborted: AbortSignal): Promise<() => void> {
    return () => {};
  }

  async #orFault(state: ListState, work: (aborted: AbortSignal) => Promise<void>): Promise<void> {
    this.request.abort();
    const { signal: aborted } = (this.request = new AbortController());
    this.state.value = state;
    try {
      await work(aborted);
      if (!aborted.aborted) this.state.value = 'ready';
    } catch (fault) {
      if (!aborted.aborted) this.state.value = ApiFault.of(fault);
    }
  }
}
