import { expect, test } from 'vitest';
import { ApiFault } from '../api/request';
import { PagedList } from './PagedList';
import type { Page } from './PagedList';

interface Row {
  readonly id: string;
}

const page = (nextCursor: string | null, ...ids: string[]): Page<Row> => ({ items: ids.map((id) => ({ id })), nextCursor });

test('older entries come behind the newer ones until there are no more', async () => {
  const pages: Record<string, Page<Row>> = { first: page('second', '3', '2'), second: page(null, '1') };
  const list = new PagedList<Row, string>((_, cursor) => Promise.resolve(pages[cursor ?? 'first']!));

  await list.load('');
  await list.more('');
  await list.more('');

  expect(list.rows.value.map(({ id }) => id)).toEqual(['3', '2', '1']);
  expect(list.next.value).toBeNull();
});

test('a fault leaves what is shown, and an answer that came too late changes nothing', async () => {
  const answers: ((value: Page<Row>) => void)[] = [];
  let fault: Error | null = null;
  const list = new PagedList<Row, string>(() => (fault === null ? new Promise((resolve) => answers.push(resolve)) : Promise.reject(fault)));

  const first = list.load('');
  const second = list.load('ann');
  answers[1]!(page(null, 'right'));
  answers[0]!(page(null, 'late'));
  await Promise.all([first, second]);
  fault = new ApiFault(503, 'The store is unavailable.', '');
  await list.load('');

  expect(list.rows.value.map(({ id }) => id)).toEqual(['right']);
  expect(list.state.value).toBe(fault);
});
