import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { Scenario } from '../scenario/Scenario';
import { overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => Scenario.start());
let page: Page;

async function visit(options: BrowserContextOptions = {}): Promise<void> {
  page = await stage.open(`#/health`, options);
  await untilLive(page);
  await check('storage').waitFor();
}

const check = (name: string) => page.locator(`[data-check="${name}"]`);

test('an outage is seen, stands first, and is told as an incident from beginning to end', async () => {
  await visit();
  await expect.poll(() => check('storage').innerText(), { timeout: 20_000 }).toContain('passes');
  expect(await page.locator('[data-budget]').count()).toBe(6);

  const bringBack = stage.host.storeOutage();
  await stage.host.untilNoticed('storage', 'fail');
  await expect.poll(() => check('storage').innerText(), { timeout: 30_000 }).toContain('fails');
  expect(await page.locator('[data-check]').first().innerText()).toContain('fails');
  await expect.poll(() => page.locator('[data-incident]').first().innerText(), { timeout: 10_000 }).toMatch(/goes on for.*storage: pass → fail/s);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/health-outage.png`, fullPage: true });

  bringBack();
  await stage.host.untilNoticed('storage', 'pass');
  await stage.host.untilNoticed('breakers', 'pass');
  await expect.poll(() => page.locator('[data-incident]').first().innerText(), { timeout: 60_000 }).toContain('over, lasted for');
}, 180_000);

test('what happened to one check is one address, and the last results are drawn', async () => {
  const bringBack = stage.host.storeOutage();
  await stage.host.untilNoticed('storage', 'fail');
  bringBack();
  await stage.host.untilNoticed('storage', 'pass');
  await visit();
  await expect.poll(() => check('storage').locator('.results [data-level]').count(), { timeout: 30_000 }).toBeGreaterThan(2);

  await page.getByRole('button', { name: 'History: storage' }).click();
  await page.getByLabel('Kind').selectOption('Changes of a check');

  await expect.poll(() => page.url()).toContain('#/health?check=storage&kind=transition');
  await page.reload();
  await expect.poll(() => page.locator('.notes[aria-label^="What happened"] > li').count()).toBeGreaterThan(0);
  const told = await page.locator('.notes[aria-label^="What happened"] > li').allInnerTexts();
  expect(told.filter((note) => !note.includes('storage: '))).toEqual([]);
  await page.getByRole('search', { name: 'Filter what happened' }).getByRole('button', { name: 'Clear' }).click();
  await expect.poll(() => page.url()).toMatch(/#\/health$/);
}, 120_000);

test('a check is run by hand, and what it found is said', async () => {
  await visit();

  await page.getByRole('button', { name: 'Run now: disk' }).click();

  await expect.poll(() => page.locator('.outcome').innerText(), { timeout: 10_000 }).toBe('disk was run: what it found is below.');
});

test('a rule is run after a question, and what came of it is said', async () => {
  stage.excuse(/status of 409/); // rules rest
  await visit();
  await page.locator('[data-rule]').first().getByRole('button').click();
  await page.getByLabel(/Reason/).fill('a try');

  await page.locator('dialog[open]').getByRole('button', { name: 'Run' }).click();

  await expect.poll(() => page.locator('.outcome').innerText(), { timeout: 20_000 }).toMatch(/was run: |cannot be run: /);
});

test('a viewer is offered nothing that they may not do', async () => {
  stage.excuse(/401/);
  const guarded = await stage.also(HoldfastServer.start({ HOLDFAST_REQUIRE_KEYS: 'true' }));
  await guarded.makeKey('ana', 'admin');
  const key = await guarded.makeKey('vic', 'viewer');
  page = await stage.open(`${guarded.url}#/health`);
  await page.fill('.sign-in input', key);
  await page.click('.sign-in button');
  await check('storage').waitFor();

  await untilLive(page);
  expect(await page.getByRole('button', { name: /^Run now/ }).count()).toBe(0);
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([360, 1440])('nobody is shut out at %d pixels', async (width) => {
    await visit({ colorScheme, viewport: { width, height: 1000 } });

    const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

    expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/health-${colorScheme}-${width}.png`, fullPage: true });
  });
});
