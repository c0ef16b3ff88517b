import { signal } from '@preact/signals';
import type { OperationOrder, OperationsApi } from '../../api/operations';
import { ApiFault } from '../../api/request';
import { isOver } from '../../wire/operations';
import type { Operation } from '../../wire/operations';
import { faultWords } from '../../work/said';
import type { Said } from '../../work/said';

const lookEveryMs = 1000;

/** Durable operations over many items: begun, watched, paused, resumed, cancelled. */
export class OperationBook {
  readonly operations = signal<readonly Operation[]>([]);
  readonly said = signal<Said | null>(null);
  readonly busy = signal(false);
  /** Why they cannot be read; null: they can. */
  readonly fault = signal<ApiFault | null>(null);
  #request = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onDone Something has changed the items: what is shown of them is old. */
  constructor(
    private readonly api: OperationsApi,
    private readonly onDone: () => void,
  ) {}

  /** Looks now, and again as long as one of them goes on. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#request.abort();
    const { signal: aborted } = (this.#request = new AbortController());
    const before = this.operations.peek();
    const read = await this.api.list(aborted).catch(ApiFault.of);
    if (aborted.aborted) return;
    this.fault.value = read instanceof ApiFault ? read : null;
    if (!(read instanceof ApiFault)) this.operations.value = read;
    const now = this.operations.peek();
    if (now.some(isOver) && before.some((one) => !isOver(one) && now.some((other) => other.id === one.id && isOver(other)))) this.onDone();
    if (now.some((one) => one.state === 'running') || read instanceof ApiFault) this.#timer = setTimeout(() => void this.look(), lookEveryMs);
  }

  /** How many items it would be about; null when that could not be asked, and was said. */
  async count(order: OperationOrder): Promise<number | null> {
    let matched: number | null = null;
    await this.#act('The items cannot be counted', async () => {
      matched = await this.api.count(order);
      return null;
    });
    return matched;
  }

  begin(order: OperationOrder): Promise<void> {
    return this.#act(`The ${order.kind} cannot be begun`, async () => {
      this.#take(await this.api.begin(order));
      return null;
    });
  }

  change(id: string, action: 'pause' | 'resume' | 'cancel'): Promise<void> {
    return this.#act(`The operation cannot be ${action === 'pause' ? 'paused' : action === 'resume' ? 'resumed' : 'cancelled'}`, async () => {
      this.#take(await this.api.change(id, action));
      return null;
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#request.abort();
  }

  #take(operation: Operation): void {
    const others = this.operations.peek().filter(({ id }) => id !== operation.id);
    const at = this.operations.peek().findIndex(({ id }) => id === operation.id);
    this.operations.value = [...others.slice(0, Math.max(0, at)), operation, ...others.slice(Math.max(0, at))];
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
    void this.look();
  }
}
