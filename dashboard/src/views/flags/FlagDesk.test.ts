import { expect, test, vi } from 'vitest';
import type { FlagsApi, WholeFlag } from '../../api/flags';
import { ApiFault } from '../../api/request';
import { wholeOf, wireFlag, wireOwn } from '../../support/flags';
import { FlagBook } from './FlagBook';
import { FlagDesk } from './FlagDesk';

const seen = wholeOf(wireFlag());
const name = seen.flag.name;
const changed = wholeOf(wireFlag({ value: 250, origin: 'runtime', version: 4, layers: [{ origin: 'runtime', value: 250 }, { origin: 'default', value: 100 }] }));
const draft = { kind: 'value', json: '250' } as const;

async function deskOver(parts: Partial<Record<keyof FlagsApi, unknown>>, first: WholeFlag = seen): Promise<{ desk: FlagDesk; book: FlagBook }> {
  const api = { list: () => Promise.resolve([first.flag]), get: () => Promise.resolve(first), ...parts } as unknown as FlagsApi;
  const book = new FlagBook(api);
  const desk = new FlagDesk(api, book);
  await book.load();
  await desk.open(first.flag.name);
  return { desk, book };
}

const shown = (desk: FlagDesk): WholeFlag => desk.opened.peek()?.whole as WholeFlag;

test('what is set is seen in the list and in the open flag, and is said', async () => {
  const put = vi.fn(() => Promise.resolve(changed));
  const { desk, book } = await deskOver({ put });
  desk.editing.value = true;

  expect(await desk.save(seen, draft, 'large rows')).toBeNull();

  expect(put).toHaveBeenCalledWith(name, 0, draft, 'large rows');
  expect(book.flags.peek()[0]?.value).toBe(250);
  expect(shown(desk)).toBe(changed);
  expect(desk.editing.peek()).toBe(false);
  expect(desk.said.peek()?.text).toBe(`${name} is set to 250: at once, on every node.`);
});

test('whoever was overtaken gets what the other one made of it, and goes on writing', async () => {
  const overtaken = new ApiFault(412, 'Somebody else was faster.', '');
  const { desk } = await deskOver({ put: () => Promise.reject(overtaken) });
  desk.editing.value = true;
  (desk as unknown as { api: { get: unknown } }).api.get = () => Promise.resolve(changed);

  expect(await desk.save(seen, draft, '')).toEqual({ fault: overtaken, newer: changed });

  expect(desk.editing.peek()).toBe(true);
  expect(shown(desk)).toBe(changed);
});

test('what somebody deleted meanwhile can be made again', async () => {
  const own = wholeOf(wireOwn());
  const { desk } = await deskOver({ put: () => Promise.reject(new ApiFault(412, '', '')) }, own);
  (desk as unknown as { api: { get: unknown } }).api.get = () => Promise.reject(new ApiFault(404, 'There is no such flag.', ''));

  const unsaved = await desk.save(own, { kind: 'value', json: 'true' }, '');

  expect(unsaved?.newer?.flag.version).toBe(0);
});

test('a flag of which nothing is left leaves the list', async () => {
  const own = wholeOf(wireOwn());
  const { desk, book } = await deskOver({ reset: () => Promise.resolve(null) }, own);

  await desk.reset(own.flag, '');

  expect(book.flags.peek()).toEqual([]);
  expect(desk.said.peek()?.text).toContain('is gone');
});

test('a reset that was overtaken says so and shows what it is now', async () => {
  const { desk } = await deskOver({ reset: () => Promise.reject(new ApiFault(412, '', '')), get: () => Promise.resolve(changed) });

  await desk.reset(seen.flag, '');

  expect(desk.said.peek()).toMatchObject({ level: 'bad' });
  expect(desk.said.peek()?.text).toContain('Somebody else changed it meanwhile.');
  expect(shown(desk)).toBe(changed);
});

test('an answer from before a change does not come in after it', async () => {
  let answer: (whole: WholeFlag) => void = () => undefined;
  let gets = 0;
  const get = (): Promise<WholeFlag> => (gets++ === 0 ? Promise.resolve(seen) : gets === 2 ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(changed));
  const { desk } = await deskOver({ get, put: () => Promise.resolve(changed) });

  const early = desk.refresh();
  const saving = desk.save(seen, draft, '');
  const during = desk.refresh();
  answer(seen);
  await Promise.all([early, saving, during]);
  await vi.waitFor(() => expect(gets).toBe(3));

  expect(shown(desk)).toBe(changed);
});
