import { beforeEach, expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import { RetriesApi } from '../../api/retries';
import type { RetryAction, WholeRetry } from '../../api/retries';
import { readRetry } from '../../wire/retries';
import type { RetryStatus } from '../../wire/retries';
import { RetryDesk } from './RetryDesk';
import { RetryList } from './RetryList';

/** Answers as it is told, and writes down what it was asked. */
class FakeApi extends RetriesApi {
  readonly asked: string[] = [];
  fault: ApiFault | null = null;
  status: RetryStatus = 'dead_letter';

  get whole(): WholeRetry {
    return { retry: readRetry({ id: 'a', status: this.status, version: 3 }), payload: '{}', originalEvent: '', history: [] };
  }

  override async get(id: string): Promise<WholeRetry> {
    this.asked.push(`get ${id}`);
    return this.whole;
  }

  override async edit(id: string, version: number, payload: string): Promise<void> {
    this.asked.push(`edit ${id} v${version} ${payload}`);
    if (this.fault !== null) throw this.fault;
  }

  override async act(id: string, action: RetryAction): Promise<void> {
    this.asked.push(`${action} ${id}`);
    if (this.fault !== null) throw this.fault;
    this.status = 'pending';
  }

  override async totals(): Promise<never> {
    throw new ApiFault(503, 'away', '');
  }

  override async alerts(): Promise<never> {
    throw new ApiFault(503, 'away', '');
  }
}

let api: FakeApi;
let desk: RetryDesk;

beforeEach(() => {
  api = new FakeApi('http://holdfast.test/');
  desk = new RetryDesk(api, new RetryList(api));
});

test('an edit is made over the version that was read, and then put back', async () => {
  await desk.open('a');
  expect(await desk.save(api.whole.retry, '{"a":1}', '', true)).toBeNull();

  expect(api.asked).toEqual(['get a', 'edit a v3 {"a":1}', 'get a', 'requeue a', 'get a']);
  expect(desk.said.value).toMatchObject({ level: 'ok' });
  expect(desk.opened.value?.whole).toMatchObject({ retry: { status: 'pending' } });
});

test('an edit that was overtaken is not put back, and shows what there is now', async () => {
  await desk.open('a');
  api.fault = new ApiFault(412, 'Somebody else has edited it.', '');

  const unsaved = await desk.save(api.whole.retry, '{"a":1}', '', true);

  expect(unsaved?.newer).toMatchObject({ retry: { version: 3 } });
  expect(api.asked).not.toContain('requeue a');
  expect(desk.busy.value).toBe(false);
});

test('what is refused is said, and the desk is free again', async () => {
  api.fault = new ApiFault(409, 'It cannot be requeued.', 'Another unfinished item has its correlation id.');

  await desk.do('a', 'requeue');

  expect(desk.said.value).toEqual({ level: 'bad', text: 'The retry cannot be put back: It cannot be requeued. Another unfinished item has its correlation id.' });
  expect(desk.busy.value).toBe(false);
});
