import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { launch, open, overflow, untilLive } from './support/browser';
import { HoldfastServer } from './support/HoldfastServer';

let server: HoldfastServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([
    HoldfastServer.start({ METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD: '2', METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT: '3' }),
    launch(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

test('a database that goes away opens the circuit on the page, and one that comes back closes it', async () => {
  const { page, context } = await open(browser, server.url);
  await untilLive(page);
  const circuit = page.locator('[data-breaker="database"]');
  await expect.poll(() => circuit.innerText()).toBe('● Circuit closed answers');

  const mend = server.breakStore();
  await server.post({ event_type: 'database.away', data: {} });
  await page.locator('[data-breaker="database"][data-state="open"]').waitFor({ timeout: 15_000 });
  await expect.poll(() => circuit.innerText()).toMatch(/^○ Circuit open next try (in \d s|at any moment): \w+/);
  expect(await page.locator('.health').innerText()).toContain('is open');
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await overflow(page)).toBe(0);

  mend();
  await page.locator('[data-breaker="database"][data-state="closed"]').waitFor({ timeout: 20_000 });
  await expect.poll(() => circuit.innerText()).toBe('● Circuit closed answers');
  await context.close();
});
