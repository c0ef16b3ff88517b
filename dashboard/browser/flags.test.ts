import axe from 'axe-core';
import { beforeEach, expect, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { filter, overflow, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const shadowed = 'MONITORING_METRICS_FLUSH_INTERVAL';

const stage = stageOf(() => HoldfastServer.start({ [shadowed]: '120' }));

// A refusal is what some of these are about.
beforeEach(() => stage.excuse(/status of (400|409|412)/));

async function call(method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(new URL(`api/flags/${path}`, stage.host.url), { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  expect(answer.status, await answer.text()).toBe(200);
}

const value = async (name: string): Promise<unknown> => ((await (await fetch(new URL(`api/flags/${name}`, stage.host.url))).json()) as { value: unknown }).value;

async function at(address: string, options = {}): Promise<Page> {
  const page = await stage.open(address, options);
  await untilLive(page);
  return page;
}

const row = (page: Page, name: string): Locator => page.locator(`[data-flag="${name}"]`);

const press = (page: Page, action: string): Promise<void> => page.locator(`.flag-detail [data-action="${action}"]`).click();

const said = (page: Page): Locator => page.locator('.outcome');

async function answer(page: Page, button: string, reason: string): Promise<void> {
  await page.locator('dialog[open] input').fill(reason);
  await page.locator('dialog[open]').getByRole('button', { name: button, exact: true }).click();
}

test('a value is set with a reason, stands in the history, and is taken back', async () => {
  const name = 'MONITORING_BATCH_SIZE';
  const page = await at(`#/flags?flag=${name}`);

  await press(page, 'change');
  await page.getByLabel('Value').fill('-3');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await expect.poll(() => page.locator('.faults').first().innerText()).toContain('must be between 1 and 100000');
  await page.getByLabel('Value').fill('250');
  await page.getByLabel('Reason, for the history').fill('large <b>rows</b>');
  await page.keyboard.press('Enter');

  await expect.poll(() => said(page).innerText()).toBe(`${name} is set to 250: at once, on every node.`);
  expect(await value(name)).toBe(250);
  await expect.poll(() => row(page, name).locator('.flag-line').innerText()).toContain('over 100');
  expect(await page.locator('.layers [data-wins="true"]').innerText()).toContain('run time');
  await expect.poll(() => page.locator('.history summary').first().innerText()).toMatch(/local.*not set.*250.*large <b>rows<\/b>/s);

  await press(page, 'reset');
  await answer(page, 'Reset', 'enough');
  await expect.poll(() => said(page).innerText()).toContain('is reset: 100');
  expect(await value(name)).toBe(100);
});

test('a flag is made, rolled out with guards, and what was measured stands beside what they allow', async () => {
  const page = await at('#/flags');
  await page.getByRole('button', { name: 'New flag' }).click();
  await page.getByLabel('Name of the flag').fill('page.made');
  await page.getByRole('button', { name: 'Make', exact: true }).click();
  await expect.poll(() => said(page).innerText()).toBe('page.made is made: false for everybody.');

  await press(page, 'begin-rollout');
  await page.getByLabel('Steps, in percent').fill('50, 20');
  expect(await page.getByRole('button', { name: 'Begin', exact: true }).isDisabled()).toBe(true);
  await page.getByLabel('Steps, in percent').fill('20, 100');
  await page.getByRole('button', { name: 'Begin', exact: true }).click();
  await expect.poll(() => said(page).innerText()).toContain('The rollout of on is under way: 20 % get it.');
  await fetch(new URL('api/flags/page.made/samples', stage.host.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ variant: 'on', requests: 50, errors: 10, latencies_ms: [12, 13] }) });

  const measured = page.locator('[data-measured="on"]');
  await expect.poll(() => measured.innerText(), { timeout: 25_000 }).toMatch(/50.*10 \(20 %\), too many.*ms/s);
  expect(await page.locator('[data-action="begin-rollout"]').count()).toBe(0);
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/rollout.png` });
  await press(page, 'rollback');
  await answer(page, 'Roll back', 'too many errors');
  await expect.poll(() => said(page).innerText()).toContain('was rolled back');
}, 60_000);

test('filters are in the address and find', async () => {
  const page = await at('#/flags');
  await page.locator('.flag-line').first().waitFor();

  await filter(page, 'text').fill('there is no such flag');
  await page.getByText('No flag passes the filter.').waitFor();
  await filter(page, 'text').fill('flush_interval');
  await expect.poll(() => page.locator('.flag-line').count()).toBe(1);
  await filter(page, 'changed').check();
  await filter(page, 'origin').selectOption('environment');

  expect(page.url()).toContain('#/flags?text=flush_interval&origin=environment&changed=yes');
  expect(await row(page, shadowed).locator('.flag-line').innerText()).toContain('over 300');
});

test('what the environment says is not offered to be changed, and why is told', async () => {
  const page = await at(`#/flags?flag=${shadowed}`);

  await expect.poll(() => page.locator('.flag-detail .note').innerText()).toContain(`The environment variable ${shadowed} says what it is`);
  expect(await page.locator('[data-action="change"]').count()).toBe(0);
  expect(await page.locator('.layers tr[data-wins="true"]').innerText()).toMatch(/environment.*120.*in effect/s);
});

test('a layer that came above while somebody wrote is named, and what was written stays', async () => {
  const name = 'METRICS_PERSISTER_RETRY_MAX_ATTEMPTS';
  const page = await at(`#/flags?flag=${name}`);
  await press(page, 'change');
  await page.getByLabel('Value').fill('7');

  stage.host.override({ [name]: 9 });
  await expect.poll(() => page.locator('.layers [data-wins="true"]').innerText(), { timeout: 10_000 }).toContain('override file');
  await page.getByRole('button', { name: 'Set', exact: true }).click();

  await expect.poll(() => page.locator('.flag-editor .faults').innerText()).toContain('Flags.override.json in the data directory of the node says what it is');
  expect(await page.getByLabel('Value').inputValue()).toBe('7');
  stage.host.override({});
  await expect.poll(() => page.locator('.layers [data-wins="true"]').innerText(), { timeout: 10_000 }).toContain('default');
});

test('two people do not overwrite each other unseen', async () => {
  const page = await at('#/flags?flag=MONITORING_ADAPTER_TYPE');
  await press(page, 'change');
  await page.getByLabel('Value').selectOption('dual');
  await call('PUT', 'MONITORING_ADAPTER_TYPE', { value: 'websocket', reason: 'a colleague' });

  await page.getByRole('button', { name: 'Set', exact: true }).click();

  await expect.poll(() => page.locator('.meanwhile').innerText()).toContain('websocket now (run time)');
  expect(await value('MONITORING_ADAPTER_TYPE')).toBe('websocket');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await expect.poll(() => said(page).innerText()).toContain('is set to dual');
});

test('what somebody does elsewhere appears by itself', async () => {
  const page = await at('#/flags?text=RESILIENCE_DLQ');
  await expect.poll(() => page.locator('.flag-line').innerText()).toContain('true');

  await call('PUT', 'RESILIENCE_DLQ_ENABLED', { value: false });

  await expect.poll(() => page.locator('.flag-line').innerText()).toMatch(/false.*over true/s);
});

test('a flag is killed and revived after a question', async () => {
  await call('PUT', 'chart.fast', { value: true, reason: 'made' });
  const page = await at('#/flags?flag=chart.fast');

  await press(page, 'kill');
  await answer(page, 'Kill', 'it burns');
  await expect.poll(() => row(page, 'chart.fast').locator('.tag').innerText()).toBe('killed');
  expect(await value('chart.fast')).toBe(false);
  await press(page, 'kill');
  await answer(page, 'Revive', '');
  await expect.poll(() => said(page).innerText()).toContain('is revived');
  expect(await value('chart.fast')).toBe(true);
});

async function roll(name: string): Promise<void> {
  await call('PUT', name, { value: false });
  await call('POST', `${name}/rollout`, { variant: 'on', reason: 'a new chart' });
}

test('a rollout is seen, paused, resumed and rolled back, and says who gets what', async () => {
  await roll('chart.new');
  const page = await at('#/flags?flag=chart.new');

  await expect.poll(() => page.locator('.rollout').innerText()).toMatch(/on is under way: 1 %.*soaks for another 9 min.*at most 5 % of requests/s);
  expect(await page.locator('.steps [aria-current="step"]').innerText()).toBe('1 %');
  await page.getByText('What does somebody get, and why?').click();
  await page.getByLabel('Targeting key').fill('user-1');
  await page.getByRole('button', { name: 'Explain' }).click();
  await expect.poll(() => page.locator('.answer').innerText()).toMatch(/false, variant off \(split, bucket [\d,]+ of 100,000\)/);
  await press(page, 'pause');
  await expect.poll(() => page.locator('.rollout').innerText()).toContain('is paused');
  await press(page, 'resume');
  await expect.poll(() => page.locator('.rollout').innerText()).toContain('is under way');
  await press(page, 'rollback');
  await answer(page, 'Roll back', 'slow');
  await expect.poll(() => page.locator('.rollout').innerText()).toContain('was rolled back: 0 % get it. slow');
});

test.each(['light', 'dark'] as const)('it can be used by everybody, %s, and on a phone', async (colorScheme) => {
  await roll(`chart.${colorScheme}`);
  const page = await at(`#/flags?text=chart&flag=chart.${colorScheme}`, { colorScheme, viewport: { width: 360, height: 740 } });
  await page.locator('.history summary').first().waitFor();
  await page.getByText('What does somebody get, and why?').click();

  await press(page, 'change');
  await expect.poll(() => page.getByLabel('Rule', { exact: true }).evaluate((field) => field === document.activeElement)).toBe(true);
  await page.getByLabel('One value for everybody').check();
  await page.getByRole('switch').press('Space');
  expect(await page.locator('.flag-editor').innerText()).toContain('This replaces the rule (on for 1 %, off else). The rollout ends.');

  expect(await overflow(page)).toBe(0);
  const { violations } = (await page.evaluate(`${axe.source}; axe.run(document)`)) as axe.AxeResults;
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
});
