import { signal } from '@preact/signals';
import type { FlagsApi } from '../../api/flags';
import { ApiFault } from '../../api/request';
import type { FlagNote } from '../../wire/flags';

/** What was done to one flag, the newest first, page by page. */
export class FlagHistory {
  readonly state = signal<'loading' | 'ready' | ApiFault>('loading');
  readonly notes = signal<readonly FlagNote[]>([]);
  /** Where the next older page begins; null at the end. */
  readonly next = signal<string | null>(null);
  #request = new AbortController();

  constructor(
    private readonly api: Pick<FlagsApi, 'history'>,
    private readonly name: string,
  ) {}

  load(): Promise<void> {
    return this.#fetch(null);
  }

  async more(): Promise<void> {
    if (this.next.peek() !== null && this.state.peek() !== 'loading') await this.#fetch(this.next.peek());
  }

  stop(): void {
    this.#request.abort();
  }

  async #fetch(cursor: string | null): Promise<void> {
    this.#request.abort();
    const { signal: aborted } = (this.#request = new AbortController());
    this.state.value = 'loading';
    try {
      const page = await this.api.history(this.name, cursor, aborted);
      if (aborted.aborted) return;
      this.notes.value = cursor === null ? page.items : [...this.notes.peek(), ...page.items];
      this.next.value = page.nextCursor;
      this.state.value = 'ready';
    } catch (fault) {
      if (!aborted.aborted) this.state.value = ApiFault.of(fault);
    }
  }
}
