import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());
let page: Page;

/** Rows that the embedded store refuses: a type with a NUL character, which it would show only up to there. */
async function deadLetters(type: string, count = 1, data: object = { till: 3 }): Promise<void> {
  await stage.host.post(...Array.from({ length: count }, () => ({ event_type: `${type}\u0000`, source: 'shop', data })));
  await expect.poll(async () => (await stored(`text=${type}`)).length, { timeout: 15_000 }).toBe(count);
}

async function stored(query: string): Promise<{ id: number; status: string }[]> {
  const answer = await fetch(new URL(`api/dead-letters?limit=500&${query}`, stage.host.url));
  return ((await answer.json()) as { items: { id: number; status: string }[] }).items;
}

/** In the page: within the window, and nothing lies over it. */
function isInSight(element: Element): boolean {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}

/** As another person does it. */
async function editElsewhere(id: number, payload: object): Promise<void> {
  const answer = await fetch(new URL(`api/dead-letters/${id}`, stage.host.url), { method: 'PATCH', body: JSON.stringify({ original_payload: payload }) });
  expect(answer.status).toBe(200);
}

const whole = async (id: number): Promise<unknown> => (await fetch(new URL(`api/dead-letters/${id}`, stage.host.url))).json();

const post = async (path: string, body: object): Promise<unknown> =>
  (await fetch(new URL(`api/dead-letters/${path}`, stage.host.url), { method: 'POST', body: JSON.stringify(body) })).json();

const discard = (text: string): Promise<unknown> => post('discard', { filter: { text } });

/** What a purge of all letters in a state would take; tests before this one left theirs. */
const wouldPurge = async (status: string) => (await post('purge', { older_than_days: 0, status, dry_run: true })) as { matched: number };

async function visit(query: string, options: BrowserContextOptions = {}): Promise<void> {
  page = await stage.open(`#/dead-letters${query}`, options);
  await page.locator('#letters-title').waitFor();
}

const line = (words: string) => page.locator('.letter-list > li', { hasText: words });
const said = () => page.locator('.outcome');
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });

test('without dead letters the page says what would stand there', async () => {
  await visit('');

  await page.getByText('No dead letters.').waitFor();
});

test('a refused row is found, mended with a diff, and stored', async () => {
  await deadLetters('till.mended', 1, { till: 3, number: 1.5 });
  await visit('?text=till.mended');
  await line('till.mended').locator('.letter-line').click();
  expect(page.url()).toMatch(/letter=\d+/);
  await expect.poll(() => page.locator('.letter-detail').innerText()).toMatch(/NUL/);

  await button('Edit').click();
  const payload = page.getByLabel('Payload');
  await payload.fill((await payload.inputValue()).replace('"till": 3', '"till": 9007199254740993'));
  await expect.poll(() => page.locator('.diff .removed').allInnerTexts()).toEqual(['-     "till": 3\n']);
  await button('Save').click();

  // The NUL is still there: what the intake takes, the store may refuse.
  await expect.poll(() => said().innerText()).toContain('is changed');
  await button('Replay').click();
  await expect.poll(() => said().innerText()).toContain('was refused again');

  await button('Edit').click();
  await payload.fill((await payload.inputValue()).replace('\\u0000', ''));
  await page.getByLabel('Reason').fill('a broken till');
  await button('Save and replay').click();
  await expect.poll(() => said().innerText()).toContain('is stored');
  await expect.poll(() => said().getAttribute('role')).toBe('status');
  await expect.poll(() => line('till.mended').locator('.status').innerText()).toBe('recovered');

  const events = await (await fetch(new URL('api/events?event_type=till.mended', stage.host.url))).text();
  expect(events).toContain('"till":9007199254740993');
});

test('what the server finds wrong stands beside the payload, field by field', async () => {
  await deadLetters('till.faulty');
  await visit('?text=till.faulty');
  await line('till.faulty').locator('.letter-line').click();
  await button('Edit').click();
  await page.getByLabel('Payload').fill('{"event_type":');
  await expect.poll(() => page.locator('.payload-faults').innerText()).toContain('not JSON');
  await expect.poll(() => button('Save').isDisabled()).toBe(true);

  await page.getByLabel('Payload').fill('{"event_type":"","source":7,"data":[]}');
  await button('Save').click();
  await expect.poll(() => page.locator('.payload-faults code').allInnerTexts()).toEqual(expect.arrayContaining(['event_type', 'source', 'data']));
  stage.excuse(/status of 4/);
});

test('whoever was overtaken while writing keeps the text, sees what the other one changed, and may save over it', async () => {
  await deadLetters('till.by-two');
  const [letter] = await stored('text=till.by-two');
  await visit('?text=till.by-two');
  await line('till.by-two').locator('.letter-line').click();
  await button('Edit').click();
  const payload = page.getByLabel('Payload');
  const mine = (await payload.inputValue()).replace('"till": 3', '"till": 4');
  await payload.fill(mine);
  await editElsewhere(letter!.id, { source: 'somebody else' });
  await button('Save').click();

  await page.getByRole('alert').filter({ hasText: /Somebody else has edited dead letter \d+ while you were writing/ }).waitFor();
  expect(await payload.inputValue()).toBe(mine);
  await expect.poll(() => page.locator('.meanwhile .diff .added').allInnerTexts()).toEqual(['+   "source": "somebody else",\n']);
  await expect.poll(() => page.locator('.payload-editor > figure .diff .added').allInnerTexts()).toEqual(['+   "source": "shop",\n', '+     "till": 4\n']);
  expect(await whole(letter!.id)).toMatchObject({ version: 2, original_payload: { source: 'somebody else', data: { till: 3 } } });

  await button('Save').click();
  await expect.poll(() => said().innerText()).toContain('is changed');
  expect(await whole(letter!.id)).toMatchObject({ version: 3, original_payload: { source: 'shop', data: { till: 4 } } });
  stage.excuse(/status of 4/);
});

test('whoever was overtaken may begin with what the other one wrote', async () => {
  await deadLetters('till.theirs');
  const [letter] = await stored('text=till.theirs');
  await visit(`?text=till.theirs&letter=${letter!.id}`);
  await button('Edit').click();
  const payload = page.getByLabel('Payload');
  await payload.fill((await payload.inputValue()).replace('"till": 3', '"till": 4'));
  await editElsewhere(letter!.id, { source: 'somebody else' });
  await button('Save').click();
  await button('Begin with theirs').click();

  expect(JSON.parse(await payload.inputValue())).toMatchObject({ source: 'somebody else', data: { till: 3 } });
  await payload.fill((await payload.inputValue()).replace('"till": 3', '"till": 5'));
  await button('Save').click();
  await expect.poll(() => said().innerText()).toContain('is changed');
  expect(await whole(letter!.id)).toMatchObject({ version: 3, original_payload: { source: 'somebody else', data: { till: 5 } } });
  stage.excuse(/status of 4/);
});

test('an attempt meanwhile does not stop an edit', async () => {
  await deadLetters('till.tried');
  const [letter] = await stored('text=till.tried');
  await visit(`?text=till.tried&letter=${letter!.id}`);
  await button('Edit').click();
  const payload = page.getByLabel('Payload');
  await payload.fill((await payload.inputValue()).replace('"till": 3', '"till": 4'));
  await fetch(new URL(`api/dead-letters/${letter!.id}/replay`, stage.host.url), { method: 'POST' });

  await button('Save').click();
  await expect.poll(() => said().innerText()).toContain('is changed');
});

test('old letters are deleted for good after a question that says how many and which', async () => {
  await deadLetters('till.purged', 3);
  await discard('till.purged');
  const { matched } = await wouldPurge('discarded');
  await visit('?text=till.purged&status=discarded');
  await expect.poll(() => line('till.purged').count()).toBe(3);

  await button('Purge').click();
  const dialog = page.getByRole('dialog');
  await expect.poll(() => dialog.getByRole('status').innerText()).toMatch(/^No letter is meant, refused before /);
  expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  expect(await dialog.getByLabel('In the state').inputValue()).toBe('discarded');

  await dialog.getByLabel('Older than').fill('0');
  await expect.poll(() => dialog.getByRole('status').innerText()).toMatch(new RegExp(`^${matched} letters, refused before .*: ${matched} discarded\\.$`));
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect((await wouldPurge('discarded')).matched).toBe(matched);

  await button('Purge').click();
  await dialog.getByLabel('Older than').fill('0');
  await dialog.getByLabel('Reason').fill('nobody needs them');
  if (matched > 100) await dialog.getByLabel(/^Type/).fill(String(matched));
  await dialog.getByRole('button', { name: `Delete ${matched}` }).click();
  await expect.poll(() => said().innerText()).toBe(`${matched} letters deleted for good.`);
  await page.getByText('No dead letter passes the filter.').waitFor();
  expect(await stored('text=till.purged')).toEqual([]);
  await expect.poll(async () => (await fetch(new URL('api/audit', stage.host.url))).text()).toContain('nobody needs them');
});

test('more than a hundred are deleted only by typing their number, and what was never stored is said', async () => {
  await deadLetters('till.owed', 101);
  await visit('?text=till.owed&status=pending');
  await button('Purge').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Older than').fill('0');
  await expect.poll(() => dialog.getByRole('status').innerText()).toMatch(/rows of them were never stored and will count as discarded\.$/);
  const { matched } = await wouldPurge('pending');

  const remove = dialog.getByRole('button', { name: `Delete ${matched}` });
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByLabel(`Type ${matched} to go on`).fill('100');
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByLabel(`Type ${matched} to go on`).fill(String(matched));
  await remove.click();
  await expect.poll(() => said().innerText(), { timeout: 15_000 }).toContain(`${matched} letters deleted for good.`);
  await expect.poll(() => said().innerText()).toContain('never stored');
});

test('a purge that cannot be counted says why and deletes nothing', async () => {
  await visit('');
  await page.route('**/api/dead-letters/purge', (request) =>
    request.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"The store is unavailable.","detail":"It is locked."}' }),
  );
  await button('Purge').click();
  const dialog = page.getByRole('dialog');
  await expect.poll(() => dialog.getByRole('status').innerText()).toBe('The store is unavailable. It is locked.');
  expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Older than').fill('4000');
  await expect.poll(() => dialog.getByRole('status').innerText()).toContain('0 to 3650');
  stage.excuse(/status of 503/);
});

test('an address opens its letter also where the list does not have it', async () => {
  await deadLetters('till.linked');
  const [letter] = await stored('text=till.linked');
  await visit(`?status=recovered&text=nothing&letter=${letter!.id}`);
  await expect.poll(() => page.locator('.elsewhere pre').innerText()).toContain('till.linked');
  await button('Close').click();
  await page.getByText('No dead letter passes the filter.').waitFor();
});

test('one is discarded after a question', async () => {
  await deadLetters('till.given-up');
  await visit('?text=till.given-up');
  await line('till.given-up').locator('.letter-line').click();
  await button('Discard').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => line('till.given-up').locator('.status').innerText()).toBe('pending');

  await button('Discard').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await expect.poll(() => line('till.given-up').locator('.status').innerText()).toBe('discarded');
  await expect.poll(() => button('Discard').count()).toBe(0);
});

test('many are tried at once, with their number, and given up only by typing it', async () => {
  await deadLetters('till.many', 120);
  await visit('?text=till.many');
  await expect.poll(() => line('till.many').count()).toBe(50);
  await button('Older letters').click();
  await expect.poll(() => line('till.many').count()).toBe(100);

  await button('Replay all matching').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay 120' }).click();
  await expect.poll(() => said().innerText(), { timeout: 15_000 }).toContain('0 letters of 120 stored, 120 refused again');

  await button('Discard all matching').click();
  const discard = page.getByRole('dialog').getByRole('button', { name: 'Discard 120' });
  expect(await discard.isDisabled()).toBe(true);
  await page.getByLabel('Type 120 to go on').fill('120');
  await discard.click();
  await expect.poll(() => said().innerText(), { timeout: 15_000 }).toContain('120 letters of 120 discarded');
  expect((await stored('text=till.many&status=discarded')).length).toBe(120);
});

test('a cause is a filter, kept in the address, and the export has the same', async () => {
  await deadLetters('till.same-cause', 2);
  await visit('?text=till.same-cause');
  await page.locator('.group-line').click();
  await expect.poll(() => page.url()).toMatch(/fingerprint=[0-9a-f]+/);
  await page.reload();

  await expect.poll(() => line('till.same-cause').count()).toBe(2);
  await expect.poll(() => page.locator('.group-line').getAttribute('aria-pressed')).toBe('true');
  const exported = await fetch((await page.getByRole('link', { name: 'Export' }).getAttribute('href'))!);
  expect((await exported.text()).trim().split('\n')).toHaveLength(2);
});

test('new letters are counted in the navigation and move no row', async () => {
  await deadLetters('till.before');
  await visit('?text=till.');
  await untilLive(page);
  await line('till.before').waitFor();
  await deadLetters('till.after');

  await button(/changed: refresh/).click({ timeout: 20_000 });
  await line('till.after').waitFor();
  await expect.poll(() => page.getByRole('link', { name: /Dead letters/ }).innerText()).toMatch(/\d/);
});

test('what clients send is shown as text, never run', async () => {
  await deadLetters('till.evil', 1, { evil: '<img src=x onerror="document.title=1">' });
  await visit('?text=till.evil');
  await line('till.evil').locator('.letter-line').click();

  await expect.poll(() => page.locator('.letter-detail pre').innerText()).toContain('<img src=x');
  await expect.poll(() => page.locator('main img').count()).toBe(0);
  expect(await page.title()).toBe('Holdfast');
});

test('the keyboard does it all', async () => {
  await deadLetters('till.keys');
  await visit('?text=till.keys');
  await line('till.keys').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await button('Edit').waitFor();
  await page.keyboard.press('e');
  await page.getByLabel('Payload').waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
  await page.keyboard.press('Escape');
  await button('Cancel').click();
  await page.keyboard.press('x');
  await page.locator('dialog[open] button').first().focus();
  await page.keyboard.press('e');
  expect(await page.getByLabel('Payload').count()).toBe(0);
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  expect(await page.evaluate(() => document.activeElement?.className)).toContain('group-line');
  let replays = 0;
  page.on('request', (request) => (replays += request.method() === 'POST' && request.url().includes('/api/dead-letters/') ? 1 : 0));
  await page.keyboard.down('r');
  await expect.poll(() => said().innerText()).toContain('was refused again');
  await page.keyboard.down('r'); // still held
  await page.keyboard.up('r');
  await page.keyboard.press('e');
  await page.getByLabel('Payload').waitFor();
  expect(replays).toBe(1);
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-filter'))).toBe('text');
});

test('while the store is away the page says so, and comes back by itself', async () => {
  await deadLetters('till.outage');
  await visit('?text=till.outage');
  await line('till.outage').waitFor();
  let away = true;
  await page.route('**/api/dead-letters?**', (request) =>
    away
      ? request.fulfill({ status: 503, headers: { 'retry-after': '1' }, contentType: 'application/problem+json', body: '{"title":"The store is unavailable.","detail":"It is locked."}' })
      : request.continue(),
  );
  await button('Refresh').click();
  await page.getByRole('alert').filter({ hasText: 'The store is unavailable. It is locked.' }).waitFor();
  await expect.poll(() => line('till.outage').count()).toBe(1);

  away = false;
  await page.locator('.failed').waitFor({ state: 'detached' });
  stage.excuse(/status of 503/);
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([360, 1440])('nobody is shut out and nothing is wider than %d pixels', async (width) => {
    await deadLetters(`till.wide.${colorScheme}.${width}`, 1, { unbroken: 'y'.repeat(300), text: 'x '.repeat(500) });
    await visit('', { colorScheme, viewport: { width, height: 900 } });
    await untilLive(page);
    await line(`till.wide.${colorScheme}.${width}`).locator('.letter-line').click();
    await button('Edit').waitFor();
    await check(`${width}-${colorScheme}`);

    await button('Edit').click();
    await page.getByLabel('Payload').fill('{"event_type": "mended", "data": {"unbroken": "z"}}');
    await page.locator('.diff .added').first().waitFor();
    await check(`${width}-${colorScheme}-edit`);

    await button('Cancel').click();
    await button('Replay').click();
    await expect.poll(() => said().innerText()).toContain('was refused again');
    await check(`${width}-${colorScheme}-outcome`);

    await button('Discard').click();
    await page.getByRole('dialog').waitFor();
    await check(`${width}-${colorScheme}-question`);

    await page.keyboard.press('Escape');
    await button('Purge').click();
    await page.getByLabel('Older than').fill('0');
    await page.getByLabel('In the state').selectOption('pending');
    await page.locator('.purge-count', { hasText: 'refused before' }).waitFor();
    await check(`${width}-${colorScheme}-purge`);

    await page.keyboard.press('Escape');
    await button('Edit').click();
    await page.getByLabel('Payload').fill('{"event_type": "mended", "data": {"unbroken": "z"}}');
    const [letter] = await stored(`text=till.wide.${colorScheme}.${width}`);
    await editElsewhere(letter!.id, { source: 'somebody else' });
    await button('Save').click(); // below the difference, which may be longer than the window
    await page.locator('.meanwhile').waitFor();
    await expect.poll(() => page.locator('.meanwhile p').first().evaluate(isInSight)).toBe(true);
    stage.excuse(/status of 4/);
    await check(`${width}-${colorScheme}-overtaken`);
  });
});

/** Accessible and no wider than the window; `SCREENSHOTS` names a directory for pictures of it. */
async function check(name: string): Promise<void> {
  const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;
  if (process.env.SCREENSHOTS !== undefined) await page.screenshot({ path: `${process.env.SCREENSHOTS}/letters-${name}.png` });

  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}
