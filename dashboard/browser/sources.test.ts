import { beforeEach, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());
let page: Page;

const flags = ['dashboard.transport', 'dashboard.dual_mode', 'dashboard.websocket_enabled', 'dashboard.realtime_enabled'] as const;

beforeEach(async () => {
  for (const flag of flags) await fetch(new URL(`api/flags/${flag}`, stage.host.url), { method: 'DELETE' });
});

async function set(flag: (typeof flags)[number], value: boolean | string): Promise<void> {
  const answer = await fetch(new URL(`api/flags/${flag}`, stage.host.url), { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ value }) });
  expect(answer.status).toBe(200);
}

async function visit(): Promise<void> {
  page = await stage.open(`#/events`);
  await untilLive(page);
}

const source = () => page.locator('.connection .source').innerText();
const shown = (type: string): Promise<number> => page.locator('.events > li', { hasText: type }).count();

test('a flag moves the page to the Realtime protocol and back, and nothing is lost or shown twice', async () => {
  await visit();
  expect(await source()).toBe('WebSocket');
  let posted = 0;
  const post = async (): Promise<void> => stage.host.post({ event_type: 'switch.seen', data: { number: ++posted } });

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

  for (let number = 0; number < 20; number++) await stage.host.post({ event_type: 'dual.seen', data: { number } });

  await expect.poll(() => shown('dual.seen')).toBe(20);
  expect(await source()).toBe('WebSocket');
});

test('a page whose socket is cut goes on over the other way, and comes back', async () => {
  let isCut = true;
  page = await stage.open('#/events', {
    before: (coming) =>
      coming.routeWebSocket(/\/live(\?|$)/, (socket) => {
        if (isCut) void socket.close();
        else socket.connectToServer();
      }),
  });
  await expect.poll(source, { timeout: 15_000 }).toBe('Realtime');
  await untilLive(page);
  await stage.host.post({ event_type: 'cut.seen', data: {} });
  await expect.poll(() => shown('cut.seen')).toBe(1);

  isCut = false;
  await expect.poll(source, { timeout: 60_000 }).toBe('WebSocket');
  await stage.host.post({ event_type: 'cut.seen', data: {} });
  await expect.poll(() => shown('cut.seen')).toBe(2);
}, 90_000);

test('with a key it is shown within the connection, and stands in no address', async () => {
  stage.excuse(/401/);
  const guarded = await stage.also(HoldfastServer.start({ HOLDFAST_REQUIRE_KEYS: 'true', MONITORING_DASHBOARD_TRANSPORT: 'realtime' }));
  const key = await guarded.makeKey('ana', 'admin');
  page = await stage.open(guarded.url);
  const addresses: string[] = [];
  page.on('websocket', (socket) => addresses.push(socket.url()));
  await page.fill('.sign-in input', key);
  await page.click('.sign-in button');

  await untilLive(page);
  await expect.poll(source).toBe('Realtime');

  expect(addresses.some((address) => address.includes('/realtime/v1/websocket') && address.includes('ticket='))).toBe(true);
  expect(addresses.filter((address) => address.includes(key.slice(-64)))).toEqual([]);
});
