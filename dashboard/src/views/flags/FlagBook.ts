import { signal } from '@preact/signals';
import type { FlagsApi } from '../../api/flags';
import { ApiFault } from '../../api/request';
import type { Flag } from '../../wire/flags';

/** All flags as they were last read. */
export class FlagBook {
  readonly state = signal<'loading' | 'ready' | ApiFault>('loading');
  readonly flags = signal<readonly Flag[]>([]);
  /** Those that were being rolled out when they were first read: they stand first, and no row moves under a hand that begins or ends a rollout. */
  #first: ReadonlySet<string> | null = null;
  #request = new AbortController();

  constructor(private readonly api: Pick<FlagsApi, 'list'>) {}

  /** Reads them anew. What is on the screen stays there until the answer has come. */
  async load(): Promise<void> {
    this.#request.abort();
    const { signal: aborted } = (this.#request = new AbortController());
    this.state.value = 'loading';
    try {
      const flags = await this.api.list(aborted);
      if (aborted.aborted) return;
      this.#first ??= new Set(flags.filter(({ rollout }) => rollout?.status === 'running' || rollout?.status === 'paused').map(({ name }) => name));
      this.flags.value = this.#ordered(flags);
      this.state.value = 'ready';
    } catch (fault) {
      if (!aborted.aborted) this.state.value = ApiFault.of(fault);
    }
  }

  replace(flag: Flag): void {
    this.flags.value = this.flags.peek().map((known) => (known.name === flag.name ? flag : known));
  }

  remove(name: string): void {
    this.flags.value = this.flags.peek().filter((known) => known.name !== name);
  }

  #ordered(flags: readonly Flag[]): readonly Flag[] {
    return [...flags].sort((a, b) => Number(this.#first?.has(b.name)) - Number(this.#first?.has(a.name)));
  }

  stop(): void {
    this.#request.abort();
  }
}
