import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launch, open, untilLive } from '../browser/support/browser';
import { Scenario } from './Scenario';

const single = 300;
const watchSeconds = 20;

/** Measures what the page costs and how soon it shows something. The last line is one JSON object. */
export async function numbers(soakSeconds: number): Promise<void> {
  const [scenario, browser] = await Promise.all([Scenario.start(), launch()]);
  try {
    await scenario.prepare();
    const events = await open(browser, `${scenario.server.url}#/events`);
    await untilLive(events.page);
    const delays = (await eventsToPixels(events.page)).sort((a, b) => a - b);
    await events.context.close();

    const { page, context } = await open(browser, scenario.server.url);
    await untilLive(page);
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    await busy(scenario, watchSeconds, 6); // code is compiled, charts have their points
    const [taskBefore, heapBefore] = [await metric(session, 'TaskDuration'), await heap(session)];
    await busy(scenario, watchSeconds, 6);
    const share = ((await metric(session, 'TaskDuration')) - taskBefore) / watchSeconds;
    await busy(scenario, soakSeconds, 100);
    const twelve = await twelveCharts(browser);

    console.log(
      JSON.stringify({
        event_to_pixel_ms: { events: delays.length, p50: at(delays, 0.5), p99: at(delays, 0.99), max: at(delays, 1) },
        charts: { on_the_page: await page.locator('canvas').count(), share_of_a_core: thousandths(share) },
        twelve_charts_of_600_points: twelve,
        heap_mb: { before: heapBefore, after: await heap(session), seconds: soakSeconds, orders_per_s: 200 },
      }),
    );
  } finally {
    await browser.close();
    await scenario.dispose();
  }
}

/** One event after the other, from the moment its request is sent until the frame that draws its row has been drawn; both by the page's clock. */
const eventsToPixels = (page: Page): Promise<number[]> =>
  page.evaluate(async (count) => {
    // The page draws what came before the next picture, and only when something came. What is posted before a picture is heard when it was drawn.
    const added = new Set<() => void>();
    const drawn = new MessageChannel();
    drawn.port1.onmessage = () => {
      for (const tell of added) tell();
      added.clear();
    };
    const { requestAnimationFrame: ask } = window;
    window.requestAnimationFrame = (draw) =>
      ask.call(window, (at) => {
        drawn.port2.postMessage(null);
        draw(at);
      });

    const wanted = new Map<string, () => void>();
    const note = (row: Element): void => {
      const tell = wanted.get(/pixel-\d+/.exec(row.textContent ?? '')?.[0] ?? '');
      if (tell !== undefined) added.add(tell);
    };
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => node instanceof Element && note(node)))).observe(document.querySelector('main')!, { childList: true, subtree: true });

    const delays: number[] = [];
    for (let number = 0; number < count; number++) {
      const name = `pixel-${1000 + number}`;
      const seen = new Promise<number>((resolve) => wanted.set(name, () => resolve(performance.now())));
      const began = performance.now();
      await fetch(new URL('api/events', document.baseURI), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ event_type: 'order.placed', source: 'numbers', data: { name } }) });
      delays.push((await seen) - began);
      await new Promise((resolve) => setTimeout(resolve, 60 + (number % 50)));
    }
    return delays;
  }, single);

/** What twelve charts take of a processor, moved on twice a second: processor time of the thread that the page runs on, and of its whole process, which also makes pictures of them. */
async function twelveCharts(browser: Browser): Promise<{ readonly page_thread: number; readonly process: number }> {
  const [root, outDir] = [fileURLToPath(new URL('.', import.meta.url)), mkdtempSync(join(tmpdir(), 'holdfast-charts-'))];
  await build({ root, configFile: false, logLevel: 'error', build: { outDir, emptyOutDir: true, target: 'es2022', rolldownOptions: { input: join(root, 'charts.html') } } });
  const server = await preview({ root, configFile: false, logLevel: 'error', build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  try {
    const page = await context.newPage();
    await page.goto(new URL('charts.html', server.resolvedUrls!.local[0]).href);
    await page.locator('.plot canvas').nth(11).waitFor();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.waitForTimeout(5_000); // code is compiled
    const figure = await page.locator('.legend b').first().innerText();
    const [thread, all] = [await metric(session, 'TaskDuration'), await metric(session, 'ProcessTime')];
    await page.waitForTimeout(watchSeconds * 1000);
    if ((await page.locator('.legend b').first().innerText()) === figure) throw new Error('The charts stood still.');
    const share = async (name: string, before: number): Promise<number> => thousandths(((await metric(session, name)) - before) / watchSeconds);
    return { page_thread: await share('TaskDuration', thread), process: await share('ProcessTime', all) };
  } finally {
    await context.close();
    await server.close();
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** What an ordinary moment of the shop brings, twice a second. */
async function busy(scenario: Scenario, seconds: number, orders: number): Promise<void> {
  for (let beat = 0; beat < seconds * 2; beat++) {
    const next = new Promise((resolve) => setTimeout(resolve, 500));
    await scenario.shop.trade(orders);
    await next;
  }
}

async function metric(session: CDPSession, name: string): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === name)!.value;
}

/** What is alive, in megabytes. */
async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  return Math.round((await metric(session, 'JSHeapUsedSize')) / 10_000) / 100;
}

const thousandths = (share: number): number => Math.round(share * 1000) / 1000;

const at = (sorted: readonly number[], share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1]! * 10) / 10;
