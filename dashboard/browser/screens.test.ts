import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());
let page: Page;

async function visit(address: string, options: BrowserContextOptions = {}): Promise<void> {
  page = await stage.open(`#/${address}`, options);
  await untilLive(page);
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });

test('components say what they are and how they do', async () => {
  await visit('components');

  await expect.poll(() => page.locator('[data-component="retry"]').innerText()).toContain('ready');
  expect(await page.locator('.log-head').innerText()).toContain('serve');
  await page.getByText('The server connects to no event source.').waitFor();
});

test('a circuit breaker is isolated and reset, and what was done is said', async () => {
  await visit('components');
  const circuit = page.locator('[data-circuit="database"]');

  await button('Isolate database').click();
  await page.getByLabel('Reason').fill('maintenance');
  await button('Isolate').click();
  await expect.poll(() => circuit.innerText()).toContain('isolated');
  await expect.poll(() => page.locator('.outcome').innerText()).toContain('nothing is asked of it');

  await button('Reset database').click();
  await expect.poll(() => circuit.innerText()).toContain('closed');
});

test('a command is given in the console, and its answer stands below it', async () => {
  await visit('console');
  const command = page.getByLabel('Command');

  await command.fill('about');
  await command.press('Enter');
  await expect.poll(() => page.locator('.exchange').first().innerText()).toContain('holdfast 0');
  await command.fill('nonsense');
  await command.press('Enter');
  await expect.poll(() => page.locator('.exchange').nth(1).getAttribute('data-level')).toBe('bad');
  await command.press('ArrowUp');
  expect(await command.inputValue()).toBe('nonsense');

  stage.excuse(/status of 404/);
});

test('whoever watches is seen, with their source and how they fare', async () => {
  await visit('sessions');
  const other = await stage.open();
  await untilLive(other);

  await expect.poll(() => page.locator('[data-session]').count(), { timeout: 10_000 }).toBe(2);
  expect(await page.locator('[data-session]', { hasText: 'this page' }).innerText()).toMatch(/local.*websocket.*ms/s);
  await other.context().close();
  await expect.poll(() => page.locator('[data-session]').count(), { timeout: 10_000 }).toBe(1);
});

test('sessions of applications are told by their events, the fullest first, and what they say is no markup', async () => {
  const tokens = (session_id: string, context_tokens_used: number) => ({ event_type: 'session_metrics', source: 'assistant', data: { session_id, current_model: 'large', conversation_length: 3, context_tokens_used, context_tokens_max: 1000 } });
  await stage.host.post({ event_type: 'session_start', data: { session_id: 'calm' } }, tokens('calm', 100), tokens('<b>full</b>', 960));
  await visit('sessions');

  const told = page.locator('[data-told]');
  await expect.poll(() => told.count()).toBe(2);
  expect(await told.first().innerText()).toMatch(/<b>full<\/b>.*960 of 1,000 \(96 %\), critically full/s);
  await stage.host.post(tokens('calm', 810), { event_type: 'session_end', data: { session_id: '<b>full</b>' } });

  await expect.poll(() => told.first().innerText()).toMatch(/calm.*81 %\), elevated/s);
  await expect.poll(() => told.nth(1).innerText()).toContain('ended');
});

test('what was measured is found by its name and drawn over a time', async () => {
  await visit('metrics');
  await page.getByLabel('Name').fill('memory.usage');

  const chart = page.locator('[data-panel="system.memory.usage"]');
  await chart.waitFor({ timeout: 20_000 });
  await expect.poll(() => chart.locator('canvas').count()).toBe(1);
  await expect.poll(() => chart.locator('.legend').innerText()).toMatch(/used.*[KMG]iB/s);
  expect(page.url()).toContain('#/metrics?text=memory.usage');
  await page.getByLabel('Range').selectOption('24h');
  expect(page.url()).toContain('range=24h');
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each(['components', 'console', 'metrics', 'sessions'].flatMap((screen) => [360, 1440].map((width) => [screen, width] as const)))('nobody is shut out of the %s at %d pixels', async (screen, width) => {
    await visit(screen, { colorScheme, viewport: { width, height: 1000 } });
    if (screen === 'components') await page.locator('[data-component]').first().waitFor();
    if (screen === 'sessions') await page.locator('[data-session]').first().waitFor();
    if (screen === 'metrics') await page.locator('.metric canvas').first().waitFor({ timeout: 20_000 });
    if (screen === 'console') {
      await page.getByLabel('Command').fill('help');
      await page.getByLabel('Command').press('Enter');
      await expect.poll(() => page.locator('.exchanges pre').last().innerText(), { timeout: 10_000 }).not.toBe('...');
    }
    const found = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;

    expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${screen}-${colorScheme}-${width}.png` });
    stage.excuse(/status of 429/); // the same command may not be called again at once
  });
});
