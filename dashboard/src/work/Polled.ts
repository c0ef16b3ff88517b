import { signal } from '@preact/signals';
import { ApiFault } from '../api/request';

/** Something that is asked for again and again while somebody looks. What was last read stays when it cannot be read. */
export class Polled<T> {
  readonly value = signal<T | null>(null);
  readonly fault = signal<ApiFault | null>(null);
  #request = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly read: (signal: AbortSignal) => Promise<T>,
    private readonly everyMs: number,
    private readonly isWatched: () => boolean = () => !document.hidden,
  ) {}

  /** Asks now, and from now on. Returns how to stop. */
  start(): () => void {
    void this.look();
    return () => this.stop();
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#request.abort();
    const { signal: aborted } = (this.#request = new AbortController());
    if (this.isWatched()) {
      const read = await this.read(aborted).catch(ApiFault.of);
      if (aborted.aborted) return;
      this.fault.value = read instanceof ApiFault ? read : null;
      if (!(read instanceof ApiFault)) this.value.value = read;
    }
    this.#timer = setTimeout(() => void this.look(), this.everyMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#request.abort();
  }
}
