import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort } from './support/HoldfastServer';

test('the demonstration runs until it is told to stop, and leaves nothing behind', async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [fileURLToPath(new URL('../scenario/start.mjs', import.meta.url))], { env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  await expect.poll(() => said || child.exitCode, { timeout: 80_000 }).toContain(`http://127.0.0.1:${port}/`);
  const asked = (path: string): Promise<unknown> => fetch(`http://127.0.0.1:${port}/${path}`).then((answer) => answer.json());
  const { flags } = (await asked('flags/status')) as { flags: { HOLDFAST_DATA: { value: string } } };
  const { events } = (await asked('api/ledger')) as { events: { received: number } };
  expect(events.received).toBeGreaterThan(600);
  expect(existsSync(flags.HOLDFAST_DATA.value)).toBe(true);

  child.kill('SIGINT');

  expect(await ended).toBe(0);
  expect(existsSync(flags.HOLDFAST_DATA.value)).toBe(false);
}, 120_000);
