import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { launch, open, overflow, row, untilLive } from './support/browser';
import { HoldfastServer } from './support/HoldfastServer';

let server: HoldfastServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([HoldfastServer.start(), launch()]);
  await server.post(
    { event_type: 'order.failed', source: 'shop-with-quite-a-long-name', data: { text: 'x'.repeat(2000), unbroken: 'y'.repeat(300) } },
    { event_type: 'e'.repeat(50), source: 's'.repeat(100), data: {} },
  );
});

afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

test.each([360, 414, 768, 1024, 1440, 2560])('nothing is wider than a screen of %d pixels', async (width) => {
  const { page, context } = await open(browser, server.url, { viewport: { width, height: 800 } });
  await untilLive(page);
  await row(page, 'shop-with').locator('.event-line').click();
  await row(page, 'shop-with').locator('pre').first().waitFor();

  expect(await overflow(page)).toBe(0);
  await context.close();
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each(['#/', '#/events'])('nobody is shut out of %s', async (hash) => {
    const { page, context } = await open(browser, server.url + hash, { colorScheme });
    await untilLive(page);
    await row(page, 'shop-with').locator('.event-line').click();
    await row(page, 'shop-with').locator('pre').first().waitFor();
    const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    await context.close();
  });

  test('the system decides at first', async () => {
    const { page, context } = await open(browser, server.url, { colorScheme });

    expect(await page.locator('html').getAttribute('data-theme')).toBe(colorScheme);
    await context.close();
  });
});

test('a chosen theme stays, whatever the system says', async () => {
  const { page, context } = await open(browser, server.url, { colorScheme: 'light' });
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByLabel('Theme').selectOption('dark');
  expect(await ground()).not.toBe(light);

  await page.reload();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.getByLabel('Theme').selectOption('system');
  expect(await ground()).toBe(light);
  await context.close();
});

test('the theme follows the system while it is open', async () => {
  const { page, context } = await open(browser, server.url, { colorScheme: 'light' });
  await page.emulateMedia({ colorScheme: 'dark' });

  await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
  await context.close();
});

test('charts say in words what they draw', async () => {
  const { page, context } = await open(browser, server.url);
  await untilLive(page);
  const cpu = page.locator('[data-panel="cpu"] table');

  await expect.poll(() => cpu.textContent()).toMatch(/user\d/);
  expect(await cpu.locator('th[scope="col"]').allTextContents()).toEqual(['now', 'least', 'mean', 'most']);
  await context.close();
});
