import { signal } from '@preact/signals';
import type { RetriesApi, RetryAction, WholeRetry } from '../../api/retries';
import type { OperationKind } from '../../wire/operations';
import type { Retry } from '../../wire/retries';
import { Desk } from '../../work/Desk';
import type { Unsaved } from '../../work/Desk';
import type { Said } from '../../work/said';
import type { RetryList } from './RetryList';

const done: Readonly<Record<RetryAction, string>> = {
  requeue: 'It is back in the queue with all its attempts, and due now.',
  cancel: 'It is given up.',
  'dead-letter': 'It is out of the queue until somebody puts it back.',
};

const failing: Readonly<Record<RetryAction, string>> = { requeue: 'put back', cancel: 'cancelled', 'dead-letter': 'taken out of the queue' };

/** What a person does with retries, and what became of it. */
export class RetryDesk extends Desk<WholeRetry> {
  /** Something over many is being ordered; null: nothing. */
  readonly ordering = signal<OperationKind | null>(null);

  constructor(
    private readonly api: RetriesApi,
    list: RetryList,
  ) {
    super({
      get: (id, aborted) => api.get(id, aborted),
      idOf: ({ retry }) => retry.id,
      replace: ({ retry }) => list.replace(retry),
      recount: () => void list.recount(),
    });
  }

  do(id: string, action: RetryAction, reason = ''): Promise<void> {
    return this.act(`The retry cannot be ${failing[action]}`, async () => {
      await this.api.act(id, action, reason);
      this.show(await this.#now(id));
      return { level: 'ok', text: done[action] };
    });
  }

  /** Null when it was done; otherwise why not. The retry is the one that the payload was written over. */
  async save({ id, version, status }: Retry, payload: string, reason: string, thenRequeue: boolean): Promise<Unsaved<WholeRetry> | null> {
    if (this.busy.peek()) return null;
    const said: Said = { level: 'ok', text: status === 'pending' ? 'It is changed, and executed so when its time comes.' : 'It is changed. It is executed again when it is put back.' };
    const edit = async (): Promise<WholeRetry> => {
      await this.api.edit(id, version, payload, reason);
      return this.#now(id);
    };
    const unsaved = await this.saved(id, edit, said);
    if (unsaved === null && thenRequeue) await this.do(id, 'requeue', reason);
    return unsaved;
  }

  /** With its history, which an answer to a change has not. */
  #now(id: string): Promise<WholeRetry> {
    return this.api.get(id, new AbortController().signal);
  }
}
