import { beforeEach, describe, expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import type { LetterGroups, LetterPage } from '../../api/deadLetters';
import { letter, totals } from '../../support/letters';
import { emptyLetterFilters } from './filters';
import { LetterList } from './LetterList';

let pages: (LetterPage | ApiFault)[];
let counted: LetterGroups;
let asked: (string | null)[];
let list: LetterList;

const page = (ids: number[], nextCursor: string | null = null): LetterPage => ({ items: ids.map((id) => letter({ id })), nextCursor });
const ids = (): number[] => list.rows.value.map(({ id }) => id);

beforeEach(() => {
  pages = [];
  asked = [];
  counted = { items: [], totals: totals({ pending: 2 }) };
  list = new LetterList({
    list: async (_, cursor) => {
      asked.push(cursor);
      const next = pages.shift()!;
      if (next instanceof ApiFault) throw next;
      return next;
    },
    groups: async () => counted,
  });
});

describe('pages', () => {
  test('follow each other by their cursors until the end', async () => {
    pages = [page([5, 4], 'c1'), page([3])];
    await list.load(emptyLetterFilters);
    await list.more(emptyLetterFilters);
    await list.more(emptyLetterFilters);

    expect(ids()).toEqual([5, 4, 3]);
    expect(asked).toEqual([null, 'c1']);
    expect(list.state.value).toBe('ready');
  });

  test('show a letter once that stands on two of them', async () => {
    pages = [page([5, 4], 'c1'), page([4, 3])];
    await list.load(emptyLetterFilters);
    await list.more(emptyLetterFilters);

    expect(ids()).toEqual([5, 4, 3]);
  });

  test('of an older filter do not mix with those of the newer one', async () => {
    pages = [page([9]), page([1])];
    const older = list.load({ ...emptyLetterFilters, status: 'failed' });
    await Promise.all([older, list.load(emptyLetterFilters)]);

    expect(ids()).toEqual([1]);
  });
});

test('a fault is told, and what was read before stays', async () => {
  const fault = new ApiFault(503, 'The store is unavailable.', '');
  pages = [page([5]), fault, page([6, 5])];
  await list.load(emptyLetterFilters);
  await list.load(emptyLetterFilters);
  expect(list.state.value).toBe(fault);
  expect(ids()).toEqual([5]);

  await list.load(emptyLetterFilters);
  expect(list.state.value).toBe('ready');
  expect(ids()).toEqual([6, 5]);
});

describe('new letters', () => {
  beforeEach(async () => {
    pages = [page([5]), page([6, 5])];
    await list.load(emptyLetterFilters);
    counted = { items: [], totals: totals({ pending: 3 }) };
  });

  test('move no row and are announced', async () => {
    await list.recount(emptyLetterFilters, false);

    expect(ids()).toEqual([5]);
    expect(list.outdated.value).toBe(true);
    expect(list.totals.value?.pending).toBe(3);
  });

  test('are there after a refresh', async () => {
    await list.recount(emptyLetterFilters, false);
    await list.load(emptyLetterFilters);

    expect(ids()).toEqual([6, 5]);
    expect(list.outdated.value).toBe(false);
  });

  test('are not what someone did here', async () => {
    await list.recount(emptyLetterFilters, true);

    expect(list.outdated.value).toBe(false);
  });
});

test('a letter changes where it stands', async () => {
  pages = [page([5, 4])];
  await list.load(emptyLetterFilters);
  list.replace(letter({ id: 4, status: 'recovered' }));

  expect(list.rows.value.map(({ id, status }) => `${id} ${status}`)).toEqual(['5 pending', '4 recovered']);
});
