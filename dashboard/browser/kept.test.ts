import axe from 'axe-core';
import { expect, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());
let page: Page;

async function visit(address: string, options: BrowserContextOptions = {}): Promise<void> {
  page = await stage.open(`#/${address}`, options);
  await untilLive(page);
}

const views = (of: Page) => of.getByRole('navigation', { name: 'Saved views' });

async function save(name: string): Promise<void> {
  await views(page).getByRole('button', { name: 'Save this view' }).click();
  await page.getByLabel('Name of the view').fill(name);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await views(page).getByRole('link', { name }).waitFor();
}

test('a view is kept for the next visit, in another browser too, and forgotten everywhere', async () => {
  await visit('events?text=refund&category=critical');
  await save('Refunds <b>bad</b>');
  const elsewhere = await stage.open('#/events');

  await views(elsewhere).getByRole('link', { name: 'Refunds <b>bad</b>' }).click();

  await expect.poll(() => elsewhere.locator('[data-filter="text"]').inputValue()).toBe('refund');
  expect(elsewhere.url()).toContain('#/events?category=critical&text=refund');
  await views(elsewhere).getByRole('button', { name: /^Forget/ }).click();
  await views(elsewhere).getByRole('link').waitFor({ state: 'detached' });
  await page.reload();
  await views(page).getByRole('button', { name: 'Save this view' }).waitFor();
  await expect.poll(() => views(page).getByRole('link').count()).toBe(0);
});

test('two tabs that each save a view show both, at once', async () => {
  await visit('retries?status=dead_letter');
  const tab = await page.context().newPage();
  await tab.goto(`${stage.host.url}#/retries?status=failed`);
  await views(tab).getByRole('button', { name: 'Save this view' }).waitFor();

  await save('Given up');
  await views(tab).getByRole('link', { name: 'Given up' }).waitFor();
  await views(tab).getByRole('button', { name: 'Save this view' }).click();
  await tab.getByLabel('Name of the view').fill('Failed');
  await tab.getByLabel('Name of the view').press('Enter');

  await expect.poll(() => views(page).getByRole('link').allInnerTexts()).toEqual(['Failed', 'Given up']);
  await expect.poll(() => views(tab).getByRole('link').allInnerTexts()).toEqual(['Failed', 'Given up']);
});

test('what is measured is held against what was usual', async () => {
  await visit('metrics?text=memory.usage');
  await page.locator('[data-panel="system.memory.usage"]').waitFor({ timeout: 20_000 });

  await page.getByRole('button', { name: 'Take as baseline' }).click();

  await expect.poll(() => page.locator('.against').first().innerText()).toMatch(/Against the baseline:.*[±+−]\d+(\.\d)? %/s);
  await page.reload();
  await page.locator('.against').first().waitFor({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Forget it' }).click();
  await page.locator('.against').first().waitFor({ state: 'detached' });
});

test.each(['light', 'dark'] as const)('nobody is shut out, and nothing is wider than a phone, in %s', async (colorScheme) => {
  await visit('events?text=a', { colorScheme, viewport: { width: 360, height: 900 } });
  await save(`A name that is as long as names may be, and no letter longer`);

  const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

  expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  expect(await overflow(page)).toBe(0);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/kept-${colorScheme}-360.png` });
});
