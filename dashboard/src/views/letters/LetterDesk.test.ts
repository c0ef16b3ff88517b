import { beforeEach, describe, expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import { DeadLettersApi } from '../../api/deadLetters';
import type { BulkAction, BulkOrder, LetterGroups, LetterPage, ReplayAnswer, WholeLetter } from '../../api/deadLetters';
import { letter, totals } from '../../support/letters';
import type { BulkResult } from '../../wire/deadLetters';
import { emptyLetterFilters } from './filters';
import { LetterDesk } from './LetterDesk';
import { LetterList } from './LetterList';

const nobody: BulkResult = { matched: 0, recovered: 0, refused: 0, failed: 0, discarded: 0, skipped: 0 };

/** Answers as it is told, and writes down what it was asked. */
class FakeApi extends DeadLettersApi {
  readonly asked: string[] = [];
  fault: ApiFault | null = null;
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

  override edit(id: number, payload: string, reason: string): Promise<WholeLetter> {
    return this.#answer(`edit ${id} ${payload} ${reason}`, { ...this.whole, payload });
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

  async #answer<T>(asked: string, answer: T): Promise<T> {
    this.asked.push(asked);
    if (this.fault !== null) throw this.fault;
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
    expect(await desk.save(7, '{"n":9007199254740993}', 'why', true)).toBeNull();

    expect(api.asked.slice(1)).toEqual(['edit 7 {"n":9007199254740993} why', 'replay 7']);
    expect(desk.editing.value).toBe(false);
  });

  test('that has faults stays open, with them', async () => {
    api.fault = new ApiFault(422, 'The payload has faults.', '', [{ field: 'original_payload.source', message: 'A text is wanted.' }]);

    expect(await desk.save(7, '{}', '', true)).toBe(api.fault);
    expect(desk.editing.value).toBe(true);
    expect(api.asked).not.toContain('replay 7');
  });
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
