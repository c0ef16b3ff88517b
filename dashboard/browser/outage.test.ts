import { expect, test } from 'vitest';
import { row, untilLive } from './support/browser';
import { stageOf } from './support/stage';
import { HoldfastServer } from './support/HoldfastServer';

const stage = stageOf(() => HoldfastServer.start());

test.each(['SIGTERM', 'SIGKILL'] as const)('%s: old figures are marked, and after the restart nothing is missing and nothing twice', async (signal) => {
  stage.excuse(/net::ERR_|WebSocket/); // a server that is away, refused or in the middle of an answer
  const page = await stage.open();
  await untilLive(page);
  const numbers = (from: number) => Array.from({ length: 5 }, (_, at) => `${signal}-${from + at};`);
  const send = (marks: string[]) => stage.host.post(...marks.map((mark) => ({ event_type: 'outage.seen', data: { mark } })));
  await send(numbers(0));
  await row(page, `${signal}-4;`).waitFor();

  await stage.host.stop(signal);
  const banner = page.getByRole('alert');
  await banner.waitFor({ timeout: 15_000 });
  expect(await banner.innerText()).toMatch(/No connection\..*\d+ s old/s);
  expect(await page.locator('.connection').innerText()).toContain('Not connected');
  expect(await page.locator('.connection').innerText()).toMatch(/Next try in \d+ s|Trying now/);

  expect(await page.locator('.health').innerText()).toContain('The server cannot be seen.');

  await stage.host.start();
  // More than a snapshot holds, and before the page may be back: they come by the catch-up.
  await send(Array.from({ length: 40 }, (_, at) => `${signal}-${5 + at};`));
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 2000 }).catch(() => {
    // It came back by itself in the meantime.
  });
  await banner.waitFor({ state: 'hidden', timeout: 20_000 });
  const shown = async (): Promise<string[]> => (await page.locator('.events .summary').allInnerTexts()).filter((text) => text.includes(signal));
  await expect.poll(async () => (await shown()).length).toBe(45);
  expect(new Set(await shown()).size).toBe(45);
});

test('a silent server is noticed although the connection stands', async () => {
  let relay = true;
  const page = await stage.open('', {
    before: (coming) =>
      coming.routeWebSocket(/\/live/, (socket) => {
        const upstream = socket.connectToServer();
        upstream.onMessage((message) => {
          if (relay) socket.send(message);
        });
      }),
  });
  await untilLive(page);
  relay = false;
  const silentSince = Date.now();
  await page.getByRole('alert').waitFor({ timeout: 15_000 });

  expect(Date.now() - silentSince).toBeGreaterThan(1000);
  expect(await page.getByRole('alert').innerText()).toContain('The server is silent.');
  relay = true;
  await page.getByRole('alert').waitFor({ state: 'hidden', timeout: 15_000 });
});
