import { expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import { wireFlag } from '../../support/flags';
import { readFlag } from '../../wire/flags';
import type { Flag } from '../../wire/flags';
import { FlagBook } from './FlagBook';

const flag = (value: number): Flag => readFlag(wireFlag({ value }));

test('an answer that came too late changes nothing, and a fault leaves what is shown', async () => {
  const answers: ((flags: Flag[]) => void)[] = [];
  let fault: ApiFault | null = null;
  const book = new FlagBook({ list: () => (fault === null ? new Promise((resolve) => answers.push(resolve)) : Promise.reject(fault)) });

  const both = [book.load(), book.load()];
  answers[1]!([flag(2)]);
  answers[0]!([flag(1)]);
  await Promise.all(both);
  fault = new ApiFault(403, 'It is not allowed.', '');
  await book.load();

  expect(book.flags.value.map(({ value }) => value)).toEqual([2]);
  expect(book.state.value).toBe(fault);
});

test('what is being rolled out stands first, and no row moves when that ends', async () => {
  const rolling = (status: string): Flag => readFlag({ ...wireFlag(), name: 'z.rolling', rollout: { status } });
  const lists = [[flag(1), rolling('running')], [flag(1), rolling('rolled_back')]];
  const book = new FlagBook({ list: () => Promise.resolve(lists.shift()!) });
  const names = (): string[] => book.flags.value.map(({ name }) => name);

  await book.load();
  expect(names()).toEqual(['z.rolling', 'MONITORING_BATCH_SIZE']);
  await book.load();
  expect(names()).toEqual(['z.rolling', 'MONITORING_BATCH_SIZE']);
});

test('one flag is exchanged without reading all', async () => {
  const book = new FlagBook({ list: () => Promise.resolve([flag(1)]) });
  await book.load();

  book.replace(flag(7));

  expect(book.flags.value.map(({ value }) => value)).toEqual([7]);
});
