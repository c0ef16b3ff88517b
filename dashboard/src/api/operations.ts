import { record, number } from '../wire/read';
import { readOperation, readOperations } from '../wire/operations';
import type { Operation, OperationKind } from '../wire/operations';
import { ask, send } from './request';

/** What is to be done to all items that match at this moment. */
export interface OperationOrder {
  readonly kind: OperationKind;
  readonly over: 'retries' | 'dead_letters';
  /** As the list's query has it. */
  readonly filter: Readonly<Record<string, string>>;
  /** First one, then ten, then a tenth, then the rest, and each time it waits for what came of them. */
  readonly canary: boolean;
  /** Items in a second; null: as fast as they can be taken. */
  readonly ratePerSecond: number | null;
  readonly reason: string;
}

/** Durable operations over many items, over HTTP. */
export class OperationsApi {
  constructor(private readonly base: string) {}

  async list(signal: AbortSignal): Promise<readonly Operation[]> {
    return readOperations(record(JSON.parse(await ask(this.#url(''), { signal }))).items);
  }

  /** How many items it would be about. */
  async count(order: OperationOrder): Promise<number> {
    return number(record(JSON.parse(await send('POST', this.#url(''), JSON.stringify({ ...wireOrder(order), dry_run: true })))).matched);
  }

  async begin(order: OperationOrder): Promise<Operation> {
    return readOperation(JSON.parse(await send('POST', this.#url(''), JSON.stringify(wireOrder(order)))));
  }

  async change(id: string, action: 'pause' | 'resume' | 'cancel'): Promise<Operation> {
    return readOperation(JSON.parse(await send('POST', this.#url(`/${id}/${action}`), '{}')));
  }

  #url(path: string): URL {
    return new URL(`api/operations${path}`, this.base);
  }
}

const wireOrder = ({ kind, over, filter, canary, ratePerSecond, reason }: OperationOrder): object => ({
  kind,
  over,
  filter,
  canary,
  reason,
  ...(ratePerSecond === null ? {} : { rate_per_second: ratePerSecond }),
});
