import axe from 'axe-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { overflow, row, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());

beforeAll(async () => {
  await stage.host.post(
    { event_type: 'order.failed', source: 'shop-with-quite-a-long-name', data: { text: 'x'.repeat(2000), unbroken: 'y'.repeat(300) } },
    { event_type: 'e'.repeat(50), source: 's'.repeat(100), data: {} },
  );
});

test.each([360, 414, 768, 1024, 1440, 2560])('nothing is wider than a screen of %d pixels', async (width) => {
  const page = await stage.open('', { viewport: { width, height: 800 } });
  await untilLive(page);
  await row(page, 'shop-with').locator('.event-line').click();
  await row(page, 'shop-with').locator('pre').first().waitFor();

  expect(await overflow(page)).toBe(0);
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each(['#/', '#/events'])('nobody is shut out of %s', async (hash) => {
    const page = await stage.open(hash, { colorScheme });
    await untilLive(page);
    await row(page, 'shop-with').locator('.event-line').click();
    await row(page, 'shop-with').locator('pre').first().waitFor();
    const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  });

  test('the system decides at first', async () => {
    const page = await stage.open('', { colorScheme });

    expect(await page.locator('html').getAttribute('data-theme')).toBe(colorScheme);
  });
});

test('a chosen theme stays, whatever the system says', async () => {
  const page = await stage.open('', { colorScheme: 'light' });
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByLabel('Theme').selectOption('dark');
  expect(await ground()).not.toBe(light);

  await page.reload();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.getByLabel('Theme').selectOption('system');
  expect(await ground()).toBe(light);
});

test('the theme follows the system while it is open', async () => {
  const page = await stage.open('', { colorScheme: 'light' });
  await page.emulateMedia({ colorScheme: 'dark' });

  await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
});

test.each([360, 1024, 1440])('figures that change move nothing at %d pixels', async (width) => {
  const page = await stage.open('', { viewport: { width, height: 900 } });
  await untilLive(page);
  await expect.poll(() => page.locator('.plot canvas').count()).toBe(5);
  const samples = (): Promise<string> => page.locator('[data-ledger="samples"]').innerText();
  await page.evaluate(() => {
    const moved: string[] = [];
    Object.assign(globalThis, { moved });
    // What is beside a figure may move by the width of a digit.
    const few = 0.002;
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries() as unknown as { value: number; sources: { node: Node | null }[] }[])
        if (shift.value > few) moved.push(`${shift.value}: ${shift.sources.map(({ node }) => node?.textContent?.slice(0, 40)).join('; ')}`);
    }).observe({ type: 'layout-shift' });
  });

  for (let updates = 0; updates < 5; updates++) {
    const was = await samples();
    await expect.poll(samples).not.toBe(was);
  }

  expect(await page.evaluate(() => (globalThis as unknown as { moved: string[] }).moved)).toEqual([]);
});

test.each([360, 700, 1024])('a figure of the ledger that grows moves no other at %d pixels', async (width) => {
  const page = await stage.open('', { viewport: { width, height: 900 } });
  await untilLive(page);

  const [before, after] = await page.locator('.ledger').evaluate((ledger) => {
    const figure = ledger.querySelector('.term b')!;
    const places = (): string[] => [...ledger.querySelectorAll<HTMLElement>('.term, .ledger-error')].map((part) => `${part.offsetLeft} ${part.offsetTop}`);
    figure.textContent = '0';
    const small = places();
    figure.textContent = '9,999,999';
    return [small, places()];
  });

  expect(before).toHaveLength(17);
  expect(after).toEqual(before);
});

test('charts say in words what they draw', async () => {
  const page = await stage.open();
  await untilLive(page);
  const cpu = page.locator('[data-panel="cpu"] table');

  await expect.poll(() => cpu.textContent()).toMatch(/user\d/);
  expect(await cpu.locator('th[scope="col"]').allTextContents()).toEqual(['now', 'least', 'mean', 'most']);
});
