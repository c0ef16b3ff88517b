import { expect, test } from 'vitest';
import { overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start({ METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD: '2', METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT: '3' }));

test('a database that goes away opens the circuit on the page, and one that comes back closes it', async () => {
  stage.excuse(/status of 503/); // what asks a store that is away is refused
  const page = await stage.open();
  await untilLive(page);
  const circuit = page.locator('[data-breaker="database"]');
  await expect.poll(() => circuit.innerText()).toBe('● Circuit closed answers');

  const mend = stage.host.breakStore();
  await stage.host.post({ event_type: 'database.away', data: {} });
  await page.locator('[data-breaker="database"][data-state="open"]').waitFor({ timeout: 15_000 });
  await expect.poll(() => circuit.innerText()).toMatch(/^○ Circuit open next try (in \d s|at any moment): \w+/);
  expect(await page.locator('.health').innerText()).toContain('is open');
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await overflow(page)).toBe(0);

  mend();
  await page.locator('[data-breaker="database"][data-state="closed"]').waitFor({ timeout: 20_000 });
  await expect.poll(() => circuit.innerText()).toBe('● Circuit closed answers');
});
