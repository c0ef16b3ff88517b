import { beforeAll, expect, test } from 'vitest';
import { rolledOut, Scenario } from '../scenario/Scenario';
import { untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { Operator } from './support/Operator';

// What the person on call does at three in the morning, each from a fresh look at the overview, in at most 20 seconds and 6 clicks. The server works for
// the scenario as it does anywhere; only how much there is to search differs: HOLDFAST_TEST_ALL=1 has a million of each.

const isLong = process.env.HOLDFAST_TEST_ALL === '1';
const failedItems = isLong ? 1_000_000 : 100;
const failedPayments = isLong ? 1_000_000 : 5_000;

const stage = stageOf(() => Scenario.start());

beforeAll(async () => {
  await stage.host.prepare();
  await stage.host.settled();
}, 120_000);

async function operator(task: string, at = stage.host): Promise<Operator> {
  const page = await stage.open(at.url);
  await untilLive(page);
  return new Operator(page, task);
}

test('replay all of one failure group, a few first', async () => {
  stage.host.target.isMended = true;
  const one = await operator('replay a failure group with a canary');
  const { page } = one;

  await one.go('Retries');
  await one.click(page.locator('.groups').getByRole('button', { name: /^Replay 24: .*the amount is negative/ }));
  await expect.poll(() => page.getByLabel(/In steps/).isChecked()).toBe(true);
  await one.click(one.button('Replay 24'));

  await expect.poll(() => page.locator('[data-operation]').first().innerText(), { timeout: 20_000 }).toContain('24 of 24 taken, 24 done');
  one.done();
  stage.host.target.isMended = false;
}, 60_000);

test('find one failed item by its argument among many', async () => {
  await stage.host.failing(failedItems, 'lost-order-4711');
  const one = await operator(`find one failed operation among ${failedItems}`);
  const { page } = one;

  await one.go('Retries');
  await page.locator('[data-filter="text"]').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('lost-order-4711');

  await expect.poll(() => page.locator('.retry-list > li').count(), { timeout: 20_000 }).toBe(1);
  await one.click(page.locator('.retry-list .retry-line'));
  await expect.poll(() => page.locator('.retry-list').innerText(), { timeout: 20_000 }).toContain('lost-order-4711');
  one.done();
}, 2_400_000);

test('find one failed payment among many events', async () => {
  await stage.host.failedPayments(failedPayments, 'voucher-0815');
  const one = await operator(`find one failed payment among ${failedPayments} events`);
  const { page } = one;

  await one.go('Events');
  await page.locator('[data-filter="event_type"]').fill('payment.failed');
  await page.locator('[data-filter="text"]').fill('voucher-0815');

  await expect.poll(() => page.locator('.events > li').count(), { timeout: 20_000 }).toBe(1);
  await one.click(page.locator('.events .event-line'));
  await expect.poll(() => page.locator('.events').innerText()).toContain('voucher-0815');
  one.done();
}, 600_000);

test('edit one and retry it', async () => {
  await stage.host.refunds(1);
  await stage.host.settled();
  const takenBefore = stage.host.target.taken;
  const one = await operator('edit and retry one');
  const { page } = one;

  await one.go('Retries');
  await one.click(page.locator('.groups li', { hasText: 'the amount is negative' }).getByRole('link', { name: 'example' }));
  await one.click(one.button('Edit and retry'));
  const payload = page.getByLabel('Payload');
  const was = await payload.inputValue();
  await payload.fill(was.replace('-', ''));
  await expect.poll(() => page.locator('.diff .added').count()).toBe(1);
  await one.click(one.button('Save and retry'));

  await expect.poll(() => page.locator('.retries > .outcome').innerText()).toContain('back in the queue');
  await expect.poll(() => stage.host.target.taken, { timeout: 20_000 }).toBe(takenBefore + 1);
  one.done();
}, 60_000);

test('stop a bad rollout', async () => {
  await stage.host.sampleRollout();
  const one = await operator('stop a bad rollout');
  const { page } = one;

  await one.go('Flags');
  await one.click(page.locator('.flag-line').first());
  await expect.poll(() => page.locator('[data-measured="on"]').innerText(), { timeout: 15_000 }).toContain('too many');
  await one.click(page.locator('[data-action="rollback"]'));
  await page.getByLabel(/Reason/).fill('the new checkout fails');
  await one.click(page.locator('dialog[open]').getByRole('button', { name: 'Roll back' }));

  await expect.poll(() => page.locator('.rollout').innerText()).toContain('was rolled back: 0 % get it. the new checkout fails');
  one.done();
  expect(await stage.host.api.get(`api/flags/${rolledOut}`)).toMatchObject({ rollout: { status: 'rolled_back', percent: 0 } });
}, 60_000);

test('see who watches over which source', async () => {
  const first = await stage.open();
  await untilLive(first);
  await stage.host.api.send('PUT', 'api/flags/dashboard.transport', { value: 'realtime' });
  const second = await stage.open();
  await untilLive(second);
  await expect.poll(() => second.locator('.connection .source').innerText(), { timeout: 15_000 }).toBe('Realtime');
  const one = await operator('see who watches over which source');
  const { page } = one;

  await one.go('Sessions');

  await expect.poll(() => page.locator('[data-session]').allInnerTexts(), { timeout: 20_000 }).toHaveLength(3);
  await expect.poll(async () => (await page.locator('[data-session]').allInnerTexts()).filter((text) => text.includes('realtime')).length, { timeout: 20_000 }).toBeGreaterThan(0);
  one.done();
  await stage.host.api.send('DELETE', 'api/flags/dashboard.transport');
}, 60_000);

test('find why ingestion slowed, and prove that nothing was lost', async () => {
  stage.excuse(/status of 503/); // what asks a store that is away is refused
  const small = await stage.also(Scenario.start({ HOLDFAST_SPOOL_DISK_BYTES: String(4 << 20) }));
  await small.shop.trade(20);
  const bringBack = small.storeOutage();
  await small.fillSpool(0.87);
  await small.untilNoticed('storage', 'fail');
  const one = await operator('find why ingestion slowed', small);
  const { page } = one;

  await expect.poll(() => page.getByLabel('Health', { exact: true }).innerText(), { timeout: 20_000 }).toMatch(/takes nothing at present[^]*answers are delayed to slow the producers down/);
  await one.go('Health');
  await expect.poll(() => page.locator('[data-check="storage"]').innerText(), { timeout: 20_000 }).toMatch(/fails[^]*(cannot be reached|does not answer)/);
  expect(await page.locator('[data-check]').first().innerText()).toContain('fails');
  one.done();
  await page.context().close();

  bringBack();
  await small.drained();
  const two = await operator('prove that nothing was lost', small);
  await expect.poll(() => two.page.locator('.ledger').innerText(), { timeout: 20_000 }).toContain('Error 0 every row is accounted for');
  expect(await two.page.locator('[data-ledger="events"]').innerText()).toMatch(/\+\s*0\s+lost/);
  two.done();
}, 120_000);
