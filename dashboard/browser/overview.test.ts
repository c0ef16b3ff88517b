import { expect, test } from 'vitest';
import { untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());

test('shows live values of this machine within three seconds, and does nothing it should not', async () => {
  const page = await stage.open();
  const opened = Date.now();
  await untilLive(page);
  await expect.poll(() => page.locator('[data-panel="cpu"] .legend').innerText()).toMatch(/user \d+(\.\d)? %/);
  await expect.poll(() => page.locator('[data-panel="memory"] .legend').innerText()).toMatch(/used \d+(\.\d)? [MG]iB/);
  expect(Date.now() - opened).toBeLessThan(3000);

  await expect.poll(() => page.locator('[data-panel] canvas').count()).toBe(5);
  await expect.poll(() => page.locator('.latency').innerText()).toMatch(/ms$/);
});

test('values go on changing', async () => {
  const page = await stage.open();
  await untilLive(page);
  const samples = (): Promise<string> => page.locator('[data-ledger="samples"]').innerText();
  const first = await samples();

  await expect.poll(samples).not.toBe(first);
});

test('the ledger balances on the screen', async () => {
  const page = await stage.open();
  await stage.host.post({ event_type: 'ledger.counted', data: {} }, { event_type: 'ledger.counted', data: {} });
  await untilLive(page);

  await expect.poll(() => page.locator('[data-ledger="events"]').innerText()).toMatch(/[1-9]\d* received/);
  expect(await page.locator('.ledger-error').innerText()).toContain('Error 0');
  const numbers = (await page.locator('[data-ledger="events"] .term b').allInnerTexts()).map((text) => Number(text.replaceAll(',', '')));
  expect(numbers[0]).toBe(numbers.slice(1).reduce((total, term) => total + term, 0));
});

test('figures are on the screen before any connection stands', async () => {
  // A server that accepts the socket and never says a word.
  const page = await stage.open('', { before: (coming) => coming.routeWebSocket(/\/live/, () => undefined) });

  expect(await page.locator('main').getAttribute('data-connection')).toBe('connecting');
  expect(await page.locator('[data-ledger="samples"]').innerText()).toMatch(/[1-9][\d,]* received/);
  expect(await page.locator('[data-panel="cpu"] .legend').innerText()).toMatch(/user \d+(\.\d)? %/);
});

test('charts that cannot be drawn say so, and their figures stand', async () => {
  stage.excuse(/net::ERR_FAILED/);
  const page = await stage.open('', { before: (coming) => coming.route('**/plot-*.js', (route) => route.abort()) });
  await untilLive(page);

  await expect.poll(() => page.locator('[data-panel="cpu"]').innerText()).toMatch(/user \d+(\.\d)? %[^]*It cannot be drawn .*; load the page again/);
  expect(await page.locator('.plot canvas').count()).toBe(0);
});

test('works below any path', async () => {
  const mounted = await stage.also(HoldfastServer.start({ HOLDFAST_BASE_PATH: '/ops/holdfast' }));
  const page = await stage.open(mounted.url);
  await untilLive(page);
  await page.getByRole('link', { name: 'Events' }).click();

  expect(new URL(page.url()).pathname).toBe('/ops/holdfast/');
});

/** In the page, before anything of its own: `liveAt` is when live data had been painted. */
function noteWhenLive(): void {
  const look = (): void => {
    if (document.querySelector('main[data-connection="live"]') === null) requestAnimationFrame(look);
    // The frame after the one that saw it has been painted.
    else requestAnimationFrame(() => ((window as unknown as Record<string, number>).liveAt = performance.now()));
  };
  requestAnimationFrame(look);
}

test('live data is painted fast: ten cold loads', async () => {
  const times: number[] = [];
  for (let load = 0; load < 10; load++) {
    const page = await stage.open('', { before: (coming) => coming.addInitScript(noteWhenLive) });
    times.push(await page.waitForFunction(() => (window as unknown as Record<string, number>).liveAt).then((handle) => handle.jsonValue() as Promise<number>));
    await page.context().close();
  }

  times.sort((a, b) => a - b);
  console.log(`first live data painted: median ${times[5]!.toFixed(0)} ms, slowest of ten ${times[9]!.toFixed(0)} ms`);
  // The promise is 250 ms on an idle machine; a machine that also runs other suites gets more.
  expect(times[9]).toBeLessThan(2000);
});

test('the first visit costs at most 60 kB', async () => {
  // What others have recorded by then is not the page's.
  const fresh = await stage.also(HoldfastServer.start());
  let transferred = 0;
  const page = await stage.open(fresh.url, {
    before: async (coming) => {
      const session = await coming.context().newCDPSession(coming);
      await session.send('Network.enable');
      session.on('Network.loadingFinished', ({ encodedDataLength }) => (transferred += encodedDataLength));
    },
  });
  await untilLive(page);
  await expect.poll(() => page.locator('.plot canvas').count()).toBe(5);

  console.log(`first visit: ${(transferred / 1000).toFixed(1)} kB`);
  expect(transferred).toBeGreaterThan(10_000);
  expect(transferred).toBeLessThan(60_000);
});
