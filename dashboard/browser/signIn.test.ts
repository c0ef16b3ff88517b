import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { launch, open, overflow, untilLive } from './support/browser';
import type { Watched } from './support/browser';
import { HoldfastServer } from './support/HoldfastServer';

let server: HoldfastServer;
let browser: Browser;
let key: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([HoldfastServer.start({ HOLDFAST_REQUIRE_KEYS: 'true' }), launch()]);
  key = await server.makeKey('ana', 'admin');
});

afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

const asked = (page: Page): Promise<unknown> => page.waitForSelector('.sign-in input');

/** A refusal is what these are about; the browser reports each as an error of its own. */
const other = ({ complaints }: Watched): string[] => complaints.filter((complaint) => !complaint.includes('401'));

async function signIn(page: Page, text: string): Promise<void> {
  await page.fill('.sign-in input', text);
  await page.click('.sign-in button');
}

test('a page asks for a key, and goes live with it; no address ever holds it', async () => {
  const watched = await open(browser, server.url);
  const { page, context } = watched;
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  page.on('websocket', (socket) => addresses.push(socket.url()));
  await asked(page);

  await signIn(page, `hf_${'0'.repeat(16)}_${'0'.repeat(64)}`);
  await page.waitForFunction(() => document.querySelector('.sign-in [role=alert]')?.textContent !== '');
  expect(await page.textContent('.sign-in [role=alert]')).toBe('The key is not known.');
  await signIn(page, key);
  await untilLive(page);

  expect(await page.textContent('.identity')).toContain('ana');
  expect(addresses.some((address) => address.includes('/live?'))).toBe(true);
  expect(addresses.filter((address) => address.includes(key.slice(-64)))).toEqual([]);
  expect(other(watched)).toEqual([]);
  await context.close();
});

test('it stays signed in while the tab is there, and what it fetches carries the key', async () => {
  const { page, context } = await open(browser, server.url);
  await asked(page);
  await signIn(page, key);
  await untilLive(page);

  await page.reload();
  await untilLive(page);
  await page.goto(`${server.url}#/dead-letters`);
  await page.waitForSelector('.letter-actions');
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('.letter-actions a')]);

  expect(file.url()).toContain('ticket=hft_');
  expect(await file.failure()).toBeNull();
  await context.close();
});

test('a page whose person signs out, or whose key is revoked, asks again', async () => {
  const other = await server.makeKey('bob', 'viewer');
  const { page, context } = await open(browser, server.url);
  await asked(page);
  await signIn(page, other);
  await untilLive(page);

  await fetch(new URL(`api/keys/${other.slice(3, 19)}/revoke`, server.url), { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  await asked(page);
  expect(await page.textContent('.sign-in [role=alert]')).toBe('The key has been revoked.');
  await signIn(page, key);
  await untilLive(page);
  await page.click('.identity');

  await asked(page);
  expect(await page.evaluate((secret) => JSON.stringify({ ...sessionStorage, ...localStorage }).includes(secret), key.slice(-64))).toBe(false);
  await context.close();
});

test('a page that was open before there was a key asks when one is needed', async () => {
  const keyless = await HoldfastServer.start();
  const { page, context } = await open(browser, keyless.url);
  await untilLive(page);

  await keyless.makeKey('ana', 'admin');

  await asked(page);
  await context.close();
  await keyless.dispose();
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([360, 1440])('nobody is shut out of the form at %d pixels', async (width) => {
    const { page, context } = await open(browser, server.url, { colorScheme, viewport: { width, height: 800 } });
    await asked(page);
    await signIn(page, 'hf_bad');
    await page.waitForFunction(() => document.querySelector('.sign-in [role=alert]')?.textContent !== '');
    const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

    expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/sign-in-${colorScheme}-${width}.png` });
    await context.close();
  });
});
