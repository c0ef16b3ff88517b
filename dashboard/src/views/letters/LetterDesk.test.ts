import { beforeEach, describe, expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import { DeadLettersApi } from '../../api/deadLetters';
import type { BulkAction, BulkOrder, LetterGroups, LetterPage, PurgeOrder, ReplayAnswer, WholeLetter } from '../../api/deadLetters';
import { letter, totals } from '../../support/letters';
import type { BulkResult, Purged } from '../../wire/deadLetters';
import { emptyLetterFilters } from './filters';
import { LetterDesk } from './LetterDesk';
import { LetterList } from './LetterList';

const nobody: BulkResult = { matched: 0, recovered: 0, refused: 0, failed: 0, discarded: 0, skipped: 0 };

/** Answers as it is told, and writes down what it was asked. */
class FakeApi extends DeadLettersApi {
  readonly asked: string[] = [];
  fault: ApiFault | null = null;
  /** What the fault is about; empty for everything. */
  faulty = '';
  whole: WholeLetter = { letter: letter({ id: 7 }), payload: '{}' };
  matched = 0;

  override async list(): Promise<LetterPage> {
    return { items: [this.whole.letter], nextCursor: null };
  }

  override async groups(): Promise<LetterGroups> {
    return { items: [], totals: totals() };
  }

  override get(id: string): Promise<WholeLetter> {
    return this.#answer(`get ${id}`, this.whole);
  }

  override edit(id: number, version: number, payload: string, reason: string): Promise<WholeLetter> {
    return this.#answer(`edit ${id} v${version} ${payload} ${reason}`, { ...this.whole, payload });
  }

  override replay(id: number): Promise<ReplayAnswer> {
    const now = { ...this.whole, letter: letter({ id, status: 'recovered' }) };
    return this.#answer(`replay ${id}`, { outcome: 'recovered', refusal: '', now });
  }

  override count(action: BulkAction): Promise<number> {
    return this.#answer(`count ${action}`, this.matched);
  }

  override overMany(action: BulkAction, { limit }: BulkOrder): Promise<BulkResult> {
    return this.#answer(`${action} ${limit}`, { ...nobody, matched: limit, recovered: limit });
  }

  override purge({ olderThanDays, status }: PurgeOrder): Promise<Purged> {
    return this.#answer(`purge ${olderThanDays} ${status}`, { letters: 3, rowsDiscarded: 1 });
  }

  async #answer<T>(asked: string, answer: T): Promise<T> {
    this.asked.push(asked);
    if (this.fault !== null && (this.faulty === '' || asked.startsWith(this.faulty))) throw this.fault;
    return answer;
  }
}

let api: FakeApi;
let list: LetterList;
let desk: LetterDesk;

beforeEach(async () => {
  api = new FakeApi('http://h/');
  list = new LetterList(api);
  desk = new LetterDesk(api, list, () => emptyLetterFilters);
  await list.load(emptyLetterFilters);
  await desk.open('7');
});

test('a letter is read when it is opened, and gone when it is closed', async () => {
  expect(desk.opened.value).toEqual({ id: '7', whole: api.whole });

  await desk.open('');
  expect(desk.opened.value).toBeNull();
});

test('of two letters opened in a hurry the last one stays', async () => {
  await Promise.all([desk.open('8'), desk.open('9')]);

  expect(desk.opened.value?.id).toBe('9');
});

test('a letter that is gone says so', async () => {
  api.fault = new ApiFault(404, 'There is no such dead letter.', '');
  await desk.open('7');

  expect(desk.opened.value?.whole).toBe(api.fault);
});

test('what a replay came to is said and seen in the row and in the detail', async () => {
  await desk.replay(7);

  expect(desk.said.value).toEqual({ level: 'ok', text: 'Dead letter 7 is stored.' });
  expect(list.rows.value[0]?.status).toBe('recovered');
  expect((desk.opened.value?.whole as WholeLetter).letter.status).toBe('recovered');
});

test('a refusal of the server is said in its words', async () => {
  api.fault = new ApiFault(409, 'The dead letter cannot be replayed.', 'It is recovered already.');
  await desk.replay(7);

  expect(desk.said.value?.text).toBe('Dead letter 7 cannot be replayed: The dead letter cannot be replayed. It is recovered already.');
  expect(desk.busy.value).toBe(false);
});

test('one thing at a time', async () => {
  await Promise.all([desk.replay(7), desk.replay(7)]);

  expect(api.asked.filter((asked) => asked === 'replay 7')).toHaveLength(1);
});

describe('an edit', () => {
  beforeEach(() => {
    desk.editing.value = true;
  });

  test('is saved as it was written and replayed when that was wanted', async () => {
    expect(await desk.save(letter({ id: 7, version: 4 }), '{"n":9007199254740993}', 'why', true)).toBeNull();

    expect(api.asked.slice(1)).toEqual(['edit 7 v4 {"n":9007199254740993} why', 'replay 7']);
    expect(desk.editing.value).toBe(false);
  });

  test('that has faults stays open, with them', async () => {
    api.fault = new ApiFault(422, 'The payload has faults.', '', [{ field: 'original_payload.source', message: 'A text is wanted.' }]);

    expect(await desk.save(letter({ id: 7 }), '{}', '', true)).toEqual({ fault: api.fault, newer: null });
    expect(desk.editing.value).toBe(true);
    expect(api.asked).not.toContain('replay 7');
  });

  test('that was overtaken stays open, with what the other one made of it', async () => {
    api.fault = new ApiFault(412, 'Somebody else has edited the dead letter since you read it.', '');
    api.faulty = 'edit';
    api.whole = { letter: letter({ id: 7, version: 2 }), payload: '{"theirs":1}' };

    expect(await desk.save(letter({ id: 7 }), '{"mine":1}', '', true)).toEqual({ fault: api.fault, newer: api.whole });
    expect(desk.editing.value).toBe(true);
    expect(api.asked).not.toContain('replay 7');
    expect(list.rows.value[0]?.version).toBe(2);
  });

  test('that was overtaken by nobody knows what says so, and can be tried again', async () => {
    api.fault = new ApiFault(412, 'Somebody else has edited the dead letter since you read it.', '');

    expect(await desk.save(letter({ id: 7 }), '{}', '', false)).toEqual({ fault: api.fault, newer: null });
    expect(desk.busy.value).toBe(false);
  });
});

test('a purge says what it took and reads the list and the open letter anew', async () => {
  await desk.purge({ olderThanDays: 30, status: 'failed' }, '');

  expect(api.asked.slice(1)).toEqual(['purge 30 failed', 'get 7']);
  expect(desk.said.value?.text).toBe('3 letters deleted for good. 1 row that was never stored now counts as discarded.');
});

describe('many letters', () => {
  test('are counted before anything is done', async () => {
    api.matched = 12;

    expect(await desk.count('replay')).toBe(12);
    expect(api.asked.slice(1)).toEqual(['count replay']);
  });

  test('that are none are said to be none', async () => {
    expect(await desk.count('discard')).toBe(0);
    expect(desk.said.value?.text).toContain('nothing to discard');
  });

  test('are replayed up to the number that was agreed to', async () => {
    await desk.overMany('replay', { filters: emptyLetterFilters, limit: 12, reason: '' });

    expect(api.asked).toContain('replay 12');
    expect(desk.said.value?.text).toBe('12 letters of 12 stored.');
    expect(desk.progress.value).toBeNull();
  });
});
