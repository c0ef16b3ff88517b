import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => 
  HoldfastServer.start({
    HOLDFAST_CALLBACK_ALLOW: '127.0.0.0/8',
    HOLDFAST_RETRY_RETRY_POLICIES: JSON.stringify({ http_callback: { max_retries: 1, initial_delay_seconds: 0, break_after_failures: 0 } }),
  }),
);
let page: Page;

/** Where callbacks go: it refuses what it is told to, and writes down what it takes. */
let target: Server;
let address: string;
let isMended: (body: string) => boolean;
let taken: string[];

beforeAll(async () => {
  target = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      const good = isMended(body);
      if (good) taken.push(body);
      response.writeHead(good ? 200 : 500).end(good ? '' : 'the amount is negative');
    });
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
});

afterAll(() => target?.close());

interface Draft {
  readonly type?: string;
  readonly amount?: number;
  readonly order?: string;
}

/** Operations that fail for good at their target. */
async function failed(path: string, drafts: readonly Draft[]): Promise<void> {
  isMended = (body) => !body.includes('-');
  taken = [];
  const body = drafts.map(({ amount = -1, order = 'a' }) => ({ operation_type: 'http_callback', target: `${address}${path}`, payload: { body: { amount, order } } }));
  const answer = await fetch(new URL('api/retries', stage.host.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  expect(answer.status).toBe(202);
  await expect.poll(async () => (await listed(`target=${encodeURIComponent(address + path)}&status=dead_letter`)).length, { timeout: 30_000 }).toBe(drafts.length);
}

async function listed(query: string): Promise<{ id: string; status: string }[]> {
  const answer = await fetch(new URL(`api/retries?limit=500&${query}`, stage.host.url));
  return ((await answer.json()) as { items: { id: string; status: string }[] }).items;
}

async function visit(query: string, options: BrowserContextOptions = {}): Promise<void> {
  page = await stage.open(`#/retries${query}`, options);
  await page.locator('#retries-title').waitFor();
}

const at = (path: string): string => `?target=${encodeURIComponent(address + path)}`;
const line = () => page.locator('.retry-list > li');
const said = () => page.locator('.retries > .outcome');
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });

test('without retries the page says what would stand there', async () => {
  await visit('');

  await page.getByText('No retries.').waitFor();
});

test('one that failed is found by its argument, mended with a diff, and executed', async () => {
  await failed('/mended', [{ order: 'needle-17' }, { order: 'hay' }]);
  await visit(`${at('/mended')}&status=dead_letter`);
  await expect.poll(() => line().count()).toBe(2);
  await page.locator('[data-filter="text"]').fill('needle-17');
  await expect.poll(() => line().count()).toBe(1);
  await line().locator('.retry-line').click();
  expect(page.url()).toMatch(/retry=[0-9a-f-]{36}/);
  await expect.poll(() => page.locator('.attempts').innerText()).toContain('500');

  await button('Edit and retry').click();
  const payload = page.getByLabel('Payload');
  await payload.fill((await payload.inputValue()).replace('-1', '1'));
  await expect.poll(() => page.locator('.diff .removed').allInnerTexts()).toEqual(['-     "amount": -1,\n']);
  await page.getByLabel('Reason').fill('a negative amount');
  isMended = () => true;
  await button('Save and retry').click();

  await expect.poll(() => said().innerText()).toContain('back in the queue');
  await expect.poll(() => taken, { timeout: 15_000 }).toEqual(['{"amount":1,"order":"needle-17"}']);
  await expect.poll(async () => (await listed(`target=${encodeURIComponent(`${address}/mended`)}`)).map(({ status }) => status).sort()).toEqual(['completed', 'dead_letter']);
});

test('all of one cause go back in steps, and the page shows how far they are', async () => {
  await failed('/group', Array.from({ length: 15 }, (_, order) => ({ order: String(order) })));
  await visit(at('/group'));
  isMended = () => true;

  await page.locator('.groups').getByRole('button', { name: /^Replay 15/ }).click();
  await page.getByText('15 retries that are dead-lettered or failed go back').waitFor();
  expect(await page.getByLabel(/In steps/).isChecked()).toBe(true);
  await button('Replay 15').click();

  const operation = page.locator('[data-operation]').first();
  await expect.poll(() => operation.getAttribute('data-state'), { timeout: 30_000 }).toBe('completed');
  await expect.poll(() => operation.innerText()).toContain('15 of 15 taken, 15 done');
  expect(taken.length).toBe(15);
  await page.getByText('No retry passes the filter.').waitFor({ state: 'detached' });
});

test('an operation that only fails stops by itself, and can be ended', async () => {
  await failed('/stops', Array.from({ length: 15 }, (_, order) => ({ order: String(order) })));
  await visit(`${at('/stops')}&status=dead_letter`);

  await button('Replay all matching').click();
  await button('Replay 15').click();

  const operation = page.locator('[data-operation]').first();
  await expect.poll(() => operation.getAttribute('data-state'), { timeout: 30_000 }).toBe('stopped');
  await operation.getByRole('button', { name: /^End/ }).click();
  await expect.poll(() => operation.getAttribute('data-state')).toBe('cancelled');
});

test('giving up more than a hundred has to be typed', async () => {
  await failed('/many', Array.from({ length: 101 }, () => ({})));
  await visit(`${at('/many')}&status=dead_letter`);

  await button('Discard all matching').click();
  await page.getByText('101 retries that are dead-lettered').waitFor();
  expect(await button('Discard 101').isDisabled()).toBe(true);
  await page.getByLabel('Type 101 to go on').fill('101');
  await button('Discard 101').click();

  await expect.poll(async () => (await listed(`target=${encodeURIComponent(`${address}/many`)}&status=dead_letter`)).length, { timeout: 30_000 }).toBe(0);
});

test('whoever was overtaken by another edit sees it and keeps their text', async () => {
  await failed('/race', [{}]);
  const { id } = (await listed(`target=${encodeURIComponent(`${address}/race`)}`))[0]!;
  await visit(`?retry=${id}`);
  await button('Edit and retry').click();
  await page.getByLabel('Payload').fill('{"body": {"amount": 5}}');
  const theirs = await fetch(new URL(`api/retries/${id}`, stage.host.url), { method: 'PATCH', body: JSON.stringify({ payload: { body: { amount: 7 } } }) });
  expect(theirs.status).toBe(200);

  await button('Save').click();

  await page.getByRole('alert').filter({ hasText: 'Somebody else has edited the retry while you were writing' }).waitFor();
  expect(await page.getByLabel('Payload').inputValue()).toBe('{"body": {"amount": 5}}');
  stage.excuse(/status of 412/);
});

test('the keyboard does it all', async () => {
  await failed('/keys', [{ order: 'k' }]);
  await visit(`${at('/keys')}&status=dead_letter`);
  await line().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await button('Edit and retry').waitFor();

  await page.keyboard.press('e');
  await page.getByLabel('Payload').waitFor();
  await page.keyboard.press('Escape');
  await button('Cancel').click();
  await page.keyboard.press('x');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  expect(await page.evaluate(() => document.activeElement?.className)).toContain('group-line');
  await page.keyboard.press('r');

  await expect.poll(() => said().innerText()).toContain('back in the queue');
});

test('what waits has no filter for text, and the keyboard gets to the first there is', async () => {
  await visit('?status=pending');

  await page.keyboard.press('/');

  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-filter'))).toBe('operation_type');
});

test('a viewer is offered nothing that they may not do', async () => {
  stage.excuse(/401/);
  const guarded = await stage.also(HoldfastServer.start({ HOLDFAST_REQUIRE_KEYS: 'true' }));
  await guarded.makeKey('ana', 'admin');
  const key = await guarded.makeKey('vic', 'viewer');
  page = await stage.open(`${guarded.url}#/retries`);
  await page.fill('.sign-in input', key);
  await page.click('.sign-in button');
  await untilLive(page);
  await page.getByText('No retries.').waitFor();

  expect(await page.locator('.work-actions button').allInnerTexts()).toEqual(['Copy as curl', 'Refresh']);
  expect(await page.locator('nav a').allInnerTexts()).not.toContain('Audit');
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([360, 1024, 1440])('nobody is shut out at %d pixels', async (width) => {
    if ((await listed('target=' + encodeURIComponent(`${address}/shown`))).length === 0) await failed('/shown', [{}, { order: 'b' }]);
    const { id } = (await listed('target=' + encodeURIComponent(`${address}/shown`)))[0]!;
    await visit(`?status=dead_letter&retry=${id}`, { colorScheme, viewport: { width, height: 1000 } });
    await page.locator('.attempts').waitFor();
    await page.locator('.groups').waitFor();
    const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

    expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/retries-${colorScheme}-${width}.png`, fullPage: true });
  });
});
