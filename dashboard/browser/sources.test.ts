import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { launch, open, untilLive } from './support/browser';
import type { Watched } from './support/browser';
import { HoldfastServer } from './support/HoldfastServer';

let server: HoldfastServer;
let browser: Browser;
let watched: Watched | null = null;
let page: Page;

beforeAll(async () => {
  [server, browser] = await Promise.all([HoldfastServer.start(), launch()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

const flags = ['dashboard.transport', 'dashboard.dual_mode', 'dashboard.websocket_enabled', 'dashboard.realtime_enabled'] as const;

beforeEach(async () => {
  for (const flag of flags) await fetch(new URL(`api/flags/${flag}`, server.url), { method: 'DELETE' });
});

afterEach(async () => {
  const [complaints, context] = [watched?.complaints ?? [], watched?.context];
  watched = null;
  await context?.close();
  expect(complaints).toEqual([]);
});

async function set(flag: (typeof flags)[number], value: boolean | string): Promise<void> {
  const answer = await fetch(new URL(`api/flags/${flag}`, server.url), { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ value }) });
  expect(answer.status).toBe(200);
}

async function visit(): Promise<void> {
  watched = await open(browser, `${server.url}#/events`);
  page = watched.page;
  await untilLive(page);
}

const source = () => page.locator('.connection .source').innerText();
const shown = (type: string): Promise<number> => page.locator('.events > li', { hasText: type }).count();

test('a flag moves the page to the Realtime protocol and back, and nothing is lost or shown twice', async () => {
  await visit();
  expect(await source()).toBe('WebSocket');
  let posted = 0;
  const post = async (): Promise<void> => server.post({ event_type: 'switch.seen', data: { number: ++posted } });

  for (const [transport, words] of [['realtime', 'Realtime'], ['ws', 'WebSocket'], ['realtime', 'Realtime'], ['ws', 'WebSocket']] as const) {
    await post();
    const flipped = set('dashboard.transport', transport);
    for (let burst = 0; burst < 5; burst++) await post();
    await flipped;
    await expect.poll(source).toBe(words);
    await post();
  }

  await expect.poll(() => shown('switch.seen')).toBe(posted);
  expect(await page.locator('.gap').count()).toBe(0);
});

test('a source that may not be used any more ends at once', async () => {
  await visit();
  const closed = new Promise((resolve) => page.on('websocket', (socket) => socket.url().includes('/realtime/') && resolve(true)));

  await set('dashboard.websocket_enabled', false);

  await closed;
  await expect.poll(source).toBe('Realtime');
  await untilLive(page);
});

test('both at once show every event once', async () => {
  await set('dashboard.dual_mode', true);
  await visit();
  const second = page.waitForEvent('websocket', (socket) => socket.url().includes('/realtime/v1/websocket'));
  await page.reload();
  await second;
  await untilLive(page);

  for (let number = 0; number < 20; number++) await server.post({ event_type: 'dual.seen', data: { number } });

  await expect.poll(() => shown('dual.seen')).toBe(20);
  expect(await source()).toBe('WebSocket');
});

test('a page whose socket is cut goes on over the other way, and comes back', async () => {
  const context = await browser.newContext();
  page = await context.newPage();
  let isCut = true;
  await page.routeWebSocket(/\/live(\?|$)/, (socket) => {
    if (isCut) void socket.close();
    else socket.connectToServer();
  });
  await page.goto(`${server.url}#/events`);
  await expect.poll(source, { timeout: 15_000 }).toBe('Realtime');
  await untilLive(page);
  await server.post({ event_type: 'cut.seen', data: {} });
  await expect.poll(() => shown('cut.seen')).toBe(1);

  isCut = false;
  await expect.poll(source, { timeout: 60_000 }).toBe('WebSocket');
  await server.post({ event_type: 'cut.seen', data: {} });
  await expect.poll(() => shown('cut.seen')).toBe(2);
  await context.close();
}, 90_000);

test('with a key it is shown within the connection, and stands in no address', async () => {
  const guarded = await HoldfastServer.start({ HOLDFAST_REQUIRE_KEYS: 'true', MONITORING_DASHBOARD_TRANSPORT: 'realtime' });
  try {
    const key = await guarded.makeKey('ana', 'admin');
    watched = await open(browser, guarded.url);
    page = watched.page;
    const addresses: string[] = [];
    page.on('websocket', (socket) => addresses.push(socket.url()));
    await page.fill('.sign-in input', key);
    await page.click('.sign-in button');

    await untilLive(page);
    await expect.poll(source).toBe('Realtime');

    expect(addresses.some((address) => address.includes('/realtime/v1/websocket') && address.includes('ticket='))).toBe(true);
    expect(addresses.filter((address) => address.includes(key.slice(-64)))).toEqual([]);
    watched.complaints.splice(0, watched.complaints.length, ...watched.complaints.filter((complaint) => !complaint.includes('401')));
  } finally {
    await watched?.context.close();
    watched = null;
    await guarded.dispose();
  }
});
