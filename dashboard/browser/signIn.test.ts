import axe from 'axe-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start({ HOLDFAST_REQUIRE_KEYS: 'true' }));
let key: string;

beforeAll(async () => {
  key = await stage.host.makeKey('ana', 'admin');
});

const asked = (page: Page): Promise<unknown> => page.waitForSelector('.sign-in input');

// A refusal is what these are about, also of the handshake of a socket.
beforeEach(() => stage.excuse(/401/));

async function signIn(page: Page, text: string): Promise<void> {
  await page.fill('.sign-in input', text);
  await page.click('.sign-in button');
}

test('a page asks for a key, and goes live with it; no address ever holds it', async () => {
  const page = await stage.open();
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
});

test('it stays signed in while the tab is there, and what it fetches carries the key', async () => {
  const page = await stage.open();
  await asked(page);
  await signIn(page, key);
  await untilLive(page);

  await page.reload();
  await untilLive(page);
  await page.goto(`${stage.host.url}#/dead-letters`);
  await page.waitForSelector('.letter-actions');
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('.letter-actions a')]);

  expect(file.url()).toContain('ticket=hft_');
  expect(await file.failure()).toBeNull();
});

test('a page whose person signs out, or whose key is revoked, asks again', async () => {
  const other = await stage.host.makeKey('bob', 'viewer');
  const page = await stage.open();
  await asked(page);
  await signIn(page, other);
  await untilLive(page);

  await fetch(new URL(`api/keys/${other.slice(3, 19)}/revoke`, stage.host.url), { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  await asked(page);
  expect(await page.textContent('.sign-in [role=alert]')).toBe('The key has been revoked.');
  await signIn(page, key);
  await untilLive(page);
  await page.click('.identity');

  await asked(page);
  expect(await page.evaluate((secret) => JSON.stringify({ ...sessionStorage, ...localStorage }).includes(secret), key.slice(-64))).toBe(false);
});

test('a page that was open before there was a key asks when one is needed', async () => {
  const keyless = await stage.also(HoldfastServer.start());
  const page = await stage.open(keyless.url);
  await untilLive(page);

  await keyless.makeKey('ana', 'admin');

  await asked(page);
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([360, 1440])('nobody is shut out of the form at %d pixels', async (width) => {
    const page = await stage.open('', { colorScheme, viewport: { width, height: 800 } });
    await asked(page);
    await signIn(page, 'hf_bad');
    await page.waitForFunction(() => document.querySelector('.sign-in [role=alert]')?.textContent !== '');
    const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

    expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/sign-in-${colorScheme}-${width}.png` });
  });
});
