import axe from 'axe-core';
import { beforeAll, expect, test, vi } from 'vitest';
import type { Page } from 'playwright-core';
import { filter, overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());

beforeAll(async () => {
  await act('trip', { duration_seconds: 0.001, reason: 'a drill' });
  await act('reset', { reason: 'the drill is over <b>now</b>' });
  await vi.waitUntil(async () => (await stored()).length === 2, { timeout: 15_000, interval: 100 });
});

async function act(verb: string, body: object): Promise<void> {
  const answer = await fetch(new URL(`api/breakers/database/${verb}`, stage.host.url), { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

const stored = async (): Promise<unknown[]> => ((await (await fetch(new URL('api/audit', stage.host.url))).json()) as { items: unknown[] }).items;

async function at(address: string, options = {}): Promise<Page> {
  const page = await stage.open(address, options);
  await untilLive(page);
  return page;
}

const lines = (page: Page) => page.locator('.audit-line');

test('it says who did what to what, why, and what it was before and after', async () => {
  const page = await at('#/audit');

  await lines(page).first().waitFor();
  expect(await lines(page).count()).toBe(2);
  const newest = await lines(page).first().innerText();
  for (const words of ['local', 'breaker.reset', 'database', 'the drill is over <b>now</b>']) expect(newest).toContain(words);
  await lines(page).first().click();
  expect(await page.locator('.audit pre').innerText()).toContain('"after": "closed"');
});

test('a filter is in the address and finds', async () => {
  const page = await at('#/audit');
  await lines(page).first().waitFor();

  await filter(page, 'action').fill('breaker.trip');

  await expect.poll(() => lines(page).count()).toBe(1);
  expect(await lines(page).innerText()).toContain('a drill');
  expect(page.url()).toContain('#/audit?action=breaker.trip');
  await filter(page, 'actor').fill('nobody');
  await page.getByText('Nothing that was done passes the filter.').waitFor();
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect.poll(() => lines(page).count()).toBe(2);
});

test('the keyboard gets to a filter though none is for text', async () => {
  const page = await at('#/audit');
  await lines(page).first().waitFor();

  await page.keyboard.press('/');

  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-filter'))).toBe('actor');
});

test.each(['light', 'dark'] as const)('it can be read by everybody, %s, and on a phone', async (colorScheme) => {
  const page = await at('#/audit', { colorScheme, viewport: { width: 360, height: 740 } });
  await lines(page).first().click();
  await page.locator('.audit pre').waitFor();

  expect(await overflow(page)).toBe(0);
  const { violations } = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
});
