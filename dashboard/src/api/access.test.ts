import { beforeEach, expect, test, vi } from 'vitest';

type Access = typeof import('./access');

const base = 'http://holdfast.test/';

interface Asked {
  readonly url: string;
  readonly shown: string | null;
  answer(status: number, body: object): void;
}

let access: Access;
let request: typeof import('./request');
let waiting: Asked[];

beforeEach(async () => {
  waiting = [];
  vi.resetModules();
  vi.stubGlobal('fetch', (url: URL, init: RequestInit = {}) =>
    new Promise<Response>((resolve) => {
      const shown = new Headers(init.headers).get('authorization');
      waiting.push({ url: url.pathname, shown, answer: (status, body) => resolve(new Response(JSON.stringify(body), { status })) });
    }),
  );
  access = await import('./access');
  request = await import('./request');
});

async function signedIn(key: string): Promise<void> {
  const done = access.signIn(base, key);
  waiting.pop()!.answer(200, { keys_needed: true, name: key, role: 'viewer' });
  expect(await done).toBeNull();
}

test('a refusal that comes late, of what was asked without a key, leaves the new key alone', async () => {
  const early = request.ask(new URL('api/flags', base)).catch((fault: unknown) => fault);
  const stale = waiting.pop()!;
  access.refused('', '');
  const signing = access.signIn(base, 'hf_new');
  const trial = waiting.pop()!;
  stale.answer(401, { detail: 'Send a key.' });
  await early;
  expect(access.asked.value).toBe('');

  trial.answer(200, { keys_needed: true, name: 'ana', role: 'admin' });
  expect(await signing).toBeNull();

  expect(access.asked.value).toBeNull();
  expect(access.shownKey()).toBe('hf_new');
  expect(access.identity.value).toEqual({ name: 'ana', role: 'admin' });
});

test('a refusal of the key before this one leaves this one alone', async () => {
  await signedIn('hf_old');
  const early = request.ask(new URL('api/flags', base)).catch((fault: unknown) => fault);
  const stale = waiting.pop()!;
  access.signOut();
  await signedIn('hf_new');

  stale.answer(401, { detail: 'The key has been revoked.' });
  await early;

  expect(access.asked.value).toBeNull();
  expect(access.shownKey()).toBe('hf_new');
});

test('a refusal of the key that is here asks for another, and says why', async () => {
  await signedIn('hf_old');
  const asking = request.ask(new URL('api/flags', base)).catch((fault: unknown) => fault);
  waiting.pop()!.answer(401, { detail: 'The key has been revoked.' });
  await asking;

  expect(access.asked.value).toBe('The key has been revoked.');
  expect(access.shownKey()).toBe('');
  expect(access.identity.value).toBeNull();
});

test('a key that is tried is shown to nobody else before it is good', async () => {
  access.refused('', '');
  const signing = access.signIn(base, 'hf_bad');
  const trial = waiting.pop()!;
  void request.ask(new URL('api/flags', base)).catch(() => undefined);
  expect(trial.shown).toBe('Bearer hf_bad');
  expect(waiting.pop()!.shown).toBeNull();

  trial.answer(401, { detail: 'The key is not known.' });

  expect(await signing).toBe('The key is not known.');
  expect(access.asked.value).toBe('');
});

test('a server that is overrun signs nobody out', async () => {
  await signedIn('hf_ana');
  const looking = access.checkAccess(base);
  waiting.pop()!.answer(429, { detail: 'Try again in a moment.' });
  await looking;

  expect(access.asked.value).toBeNull();
  expect(access.shownKey()).toBe('hf_ana');
});
