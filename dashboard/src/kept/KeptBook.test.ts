import { expect, test } from 'vitest';
import { ApiFault } from '../api/request';
import type { Kept } from '../wire/preferences';
import { KeptBook } from './KeptBook';
import type { Told } from './KeptBook';

/** A server with a count of changes, and tabs that hear each other. */
function scene() {
  const stored = new Map<string, Kept>();
  let changes = 0;
  const check = (key: string, seen: number): void => {
    if ((stored.get(key)?.version ?? 0) !== seen) throw new ApiFault(412, 'It was changed elsewhere.', '');
  };
  const api = {
    list: async () => [...stored.values()],
    put: async (key: string, value: object, seen: number) => {
      check(key, seen);
      const kept: Kept = { key, version: ++changes, value: value as Kept['value'] };
      stored.set(key, kept);
      return kept;
    },
    remove: async (key: string, seen: number) => {
      check(key, seen);
      stored.delete(key);
      changes++;
    },
  };
  const listeners: ((told: unknown) => void)[] = [];
  const tab = (hears = true): KeptBook => {
    let own: (told: unknown) => void = () => undefined;
    return new KeptBook(api, {
      tell: (told: Told) => {
        for (const listener of listeners) if (listener !== own) listener(structuredClone(told));
      },
      onTold: (listener) => {
        own = listener;
        if (hears) listeners.push(listener);
      },
    });
  };
  return { api, tab };
}

const keys = (book: KeptBook): string[] => [...book.documents.value.keys()].sort();

test('what one tab keeps the other shows, and what both keep stays', async () => {
  const { tab } = scene();
  const [one, two] = [tab(), tab()];

  await one.put('view.a', { n: 1 });
  await two.put('view.b', { n: 2 });

  expect(keys(one)).toEqual(['view.a', 'view.b']);
  expect(keys(two)).toEqual(['view.a', 'view.b']);
  await two.remove('view.a');
  expect(keys(one)).toEqual(['view.b']);
});

test('a page that is opened anew reads back what was kept', async () => {
  const { tab } = scene();
  await tab().put('view.a', { n: 1 });

  const later = tab();
  await later.load();

  expect(later.documents.value.get('view.a')?.value).toEqual({ n: 1 });
});

test('whoever was overtaken in another browser keeps nothing, and sees what is there', async () => {
  const { tab } = scene();
  const [here, elsewhere] = [tab(false), tab(false)];
  await here.put('baseline', { n: 1 });
  await elsewhere.load();
  await elsewhere.put('baseline', { n: 2 });

  expect(await here.put('baseline', { n: 3 })).toBe(false);

  expect(here.fault.value?.status).toBe(412);
  expect(here.documents.value.get('baseline')?.value).toEqual({ n: 2 });
  expect(await here.put('baseline', { n: 3 })).toBe(true);
});

test('an answer that was on its way is older than what was told meanwhile', async () => {
  const { api, tab } = scene();
  const [here, other] = [tab(), tab()];
  let answer: (kept: readonly Kept[]) => void = () => undefined;
  const list = api.list;
  api.list = () => new Promise((resolve) => (answer = resolve as typeof answer));
  const loading = here.load();
  await other.put('view.a', { n: 1 });
  answer([]);
  await loading;

  expect(keys(here)).toEqual(['view.a']);
  api.list = list;
});

test('news that are older than what is known change nothing, nor does nonsense', async () => {
  let tell: (told: unknown) => void = () => undefined;
  const book = new KeptBook(scene().api, { tell: () => undefined, onTold: (listener) => (tell = listener) });
  tell({ kept: { key: 'a', version: 5, value: { n: 5 } } });

  for (const told of [{ kept: { key: 'a', version: 4, value: {} } }, { gone: 'a', version: 4 }, null, 'text', { kept: 1 }, {}]) tell(told);

  expect(book.documents.value.get('a')).toEqual({ key: 'a', version: 5, value: { n: 5 } });
});

test('what cannot be read leaves what is there', async () => {
  const { api, tab } = scene();
  const book = tab();
  await book.put('view.a', {});
  api.list = () => Promise.reject(new ApiFault(503, 'away', ''));

  await book.load();

  expect(keys(book)).toEqual(['view.a']);
  expect(book.fault.value?.status).toBe(503);
});
