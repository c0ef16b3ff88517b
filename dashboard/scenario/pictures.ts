import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, open, untilLive } from '../browser/support/browser';
import { rolledOut, Scenario } from './Scenario';

const screens: readonly (readonly [name: string, address: string, settled: string])[] = [
  ['overview', '', '[data-panel="cpu"] canvas'],
  ['retries', 'retries?status=dead_letter', '.groups'],
  ['rollout', `flags?flag=${rolledOut}`, '[data-measured="on"]'],
  ['health', 'health', '[data-incident]'],
];

/** Takes the pictures of the README from the scenario: what stands on them is what a server made of it. */
export async function pictures(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const [scenario, browser] = await Promise.all([Scenario.start(), launch()]);
  try {
    await scenario.prepare();
    const bringBack = scenario.storeOutage();
    await scenario.untilNoticed('storage', 'fail');
    bringBack();
    await scenario.drained();
    for (let beat = 0; beat < 40; beat++) {
      await scenario.shop.trade(4);
      if (beat % 10 === 0) await scenario.sampleRollout();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const [name, address, settled] of screens) {
      const { page, context } = await open(browser, `${scenario.server.url}#/${address}`, { viewport: { width: 1280, height: 640 } });
      await untilLive(page);
      await page.locator(settled).first().waitFor();
      await page.locator(settled).first().scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(directory, `${name}.png`) });
      await context.close();
    }
  } finally {
    await browser.close();
    await scenario.dispose();
  }
}
