import { afterEach, expect, test, vi } from 'vitest';
import { CommandLine } from './CommandLine';

afterEach(() => void vi.unstubAllGlobals());

function answering(status: number, body: object): { bodies: string[]; console: CommandLine } {
  const bodies: string[] = [];
  vi.stubGlobal('fetch', async (_: URL, init: RequestInit) => {
    bodies.push(String(init.body));
    return new Response(JSON.stringify(body), { status });
  });
  return { bodies, console: new CommandLine('http://holdfast.test/') };
}

test('a command is sent as people write it, with or without its mark, and its text shown', async () => {
  const { bodies, console } = answering(200, { command: 'uptime', text: 'Up for 3 h.' });

  await console.run(' uptime ');
  await console.run('!uptime');
  await console.run('   ');

  expect(bodies).toEqual(['!uptime', '!uptime']);
  expect(console.exchanges.value.map(({ line, answer, isRefused }) => [line, answer, isRefused])).toEqual([
    ['uptime', 'Up for 3 h.', false],
    ['!uptime', 'Up for 3 h.', false],
  ]);
});

test('a refusal is told as one', async () => {
  const { console } = answering(403, { title: 'The command is refused.', detail: 'debug is for administrators.' });

  await console.run('debug');

  expect(console.exchanges.value[0]).toMatchObject({ answer: 'The command is refused. debug is for administrators.', isRefused: true });
});

test('the arrow keys go through what was given', async () => {
  const { console } = answering(200, { text: '' });
  await console.run('one');
  await console.run('two');

  expect([console.recall(-1), console.recall(-1), console.recall(-1), console.recall(1), console.recall(1)]).toEqual(['two', 'one', 'one', 'two', '']);
});
