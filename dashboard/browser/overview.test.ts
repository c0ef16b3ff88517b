import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { launch, open, untilLive } from './support/browser';
import { HoldfastServer } from './support/HoldfastServer';

let server: HoldfastServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([HoldfastServer.start(), launch()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

test('shows live values of this machine within three seconds, and does nothing it should not', async () => {
  const { page, context, complaints } = await open(browser, server.url);
  const opened = Date.now();
  await untilLive(page);
  await expect.poll(() => page.locator('[data-panel="cpu"] .legend').innerText()).toMatch(/user \d+(\.\d)? %/);
  await expect.poll(() => page.locator('[data-panel="memory"] .legend').innerText()).toMatch(/used \d+(\.\d)? [MG]iB/);
  expect(Date.now() - opened).toBeLessThan(3000);

  await expect.poll(() => page.locator('[data-panel] canvas').count()).toBe(5);
  await expect.poll(() => page.locator('.latency').innerText()).toMatch(/ms$/);
  expect(complaints).toEqual([]);
  await context.close();
});

test('values go on changing', async () => {
  const { page, context } = await open(browser, server.url);
  await untilLive(page);
  const samples = (): Promise<string> => page.locator('[data-ledger="samples"]').innerText();
  const first = await samples();

  await expect.poll(samples).not.toBe(first);
  await context.close();
});

test('the ledger balances on the screen', async () => {
  const { page, context } = await open(browser, server.url);
  await server.post({ event_type: 'ledger.counted', data: {} }, { event_type: 'ledger.counted', data: {} });
  await untilLive(page);

  await expect.poll(() => page.locator('[data-ledger="events"]').innerText()).toMatch(/[1-9]\d* received/);
  expect(await page.locator('.ledger-error').innerText()).toContain('Error 0');
  const numbers = (await page.locator('[data-ledger="events"] .term b').allInnerTexts()).map((text) => Number(text.replaceAll(',', '')));
  expect(numbers[0]).toBe(numbers.slice(1).reduce((total, term) => total + term, 0));
  await context.close();
});

test('figures are on the screen before any connection stands', async () => {
  const { page, context } = await open(browser, 'about:blank');
  await page.routeWebSocket(/\/live/, () => {
    // A server that accepts the socket and never says a word.
  });
  await page.goto(server.url);

  expect(await page.locator('main').getAttribute('data-connection')).toBe('connecting');
  expect(await page.locator('[data-ledger="samples"]').innerText()).toMatch(/[1-9][\d,]* received/);
  expect(await page.locator('[data-panel="cpu"] .legend').innerText()).toMatch(/user \d+(\.\d)? %/);
  await context.close();
});

test('charts that cannot be drawn say so, and their figures stand', async () => {
  const { page, context } = await open(browser, 'about:blank');
  await page.route('**/plot-*.js', (route) => route.abort());
  await page.goto(server.url);
  await untilLive(page);

  await expect.poll(() => page.locator('[data-panel="cpu"]').innerText()).toMatch(/user \d+(\.\d)? %[^]*It cannot be drawn .*; load the page again/);
  expect(await page.locator('.plot canvas').count()).toBe(0);
  await context.close();
});

test('works below any path', async () => {
  const mounted = await HoldfastServer.start({ HOLDFAST_BASE_PATH: '/ops/holdfast' });
  try {
    const { page, context, complaints } = await open(browser, mounted.url);
    await untilLive(page);
    await page.getByRole('link', { name: 'Events' }).click();

    expect(new URL(page.url()).pathname).toBe('/ops/holdfast/');
    expect(complaints).toEqual([]);
    await context.close();
  } finally {
    await mounted.dispose();
  }
});

test('live data is painted fast: ten cold loads', async () => {
  const times: number[] = [];
  for (let load = 0; load < 10; load++) {
    const { page, context } = await open(browser, 'about:blank');
    await page.addInitScript(() => {
      const look = (): void => {
        if (document.querySelector('main[data-connection="live"]') === null) requestAnimationFrame(look);
        // The frame after the one that saw it has been painted.
        else requestAnimationFrame(() => ((window as unknown as Record<string, number>).liveAt = performance.now()));
      };
      requestAnimationFrame(look);
    });
    await page.goto(server.url);
    times.push(await page.waitForFunction(() => (window as unknown as Record<string, number>).liveAt).then((handle) => handle.jsonValue() as Promise<number>));
    await context.close();
  }

  times.sort((a, b) => a - b);
  console.log(`first live data painted: median ${times[5]!.toFixed(0)} ms, slowest of ten ${times[9]!.toFixed(0)} ms`);
  // The promise is 250 ms on an idle machine; a machine that also runs other suites gets more.
  expect(times[9]).toBeLessThan(2000);
});

test('the first visit costs at most 60 kB', async () => {
  // What others have recorded by then is not the page's.
  const fresh = await HoldfastServer.start({});
  const { page, context } = await open(browser, 'about:blank');
  try {
    const session = await context.newCDPSession(page);
    let transferred = 0;
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (transferred += encodedDataLength));
    await page.goto(fresh.url);
    await untilLive(page);
    await expect.poll(() => page.locator('.plot canvas').count()).toBe(5);

    console.log(`first visit: ${(transferred / 1000).toFixed(1)} kB`);
    expect(transferred).toBeGreaterThan(10_000);
    expect(transferred).toBeLessThan(60_000);
  } finally {
    await context.close();
    await fresh.dispose();
  }
});
