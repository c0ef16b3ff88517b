// Hands an HTTP call in that must be made in the end, and is its receiver too, which is busy the first time. Exit code 0: the second attempt came,
// signed, and under the same key. Node alone: node callbacks.mjs http://127.0.0.1:8080
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const [server = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const secret = process.env.HOLDFAST_CALLBACK_SECRET ?? '';
const done = new Map(); // what has been done, by key; in earnest a table with a unique key
let attempts = 0;

const receiver = createServer(async (request, response) => {
  const body = (await request.toArray()).join('');
  attempts++;
  if (attempts === 1) return response.writeHead(503, { 'Retry-After': '1' }).end();
  if (!isFromHoldfast(request, body)) return response.writeHead(401).end();
  const key = request.headers['idempotency-key'];
  if (!done.has(key)) done.set(key, JSON.parse(body)); // a repeat changes nothing
  response.writeHead(204).end();
  setImmediate(() => receiver.close());
});

function isFromHoldfast(request, body) {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(request.headers['holdfast-signature'] ?? '') ?? [];
  if (time === undefined || Math.abs(Date.now() / 1000 - Number(time)) > 300) return false;
  const expected = createHmac('sha256', secret).update(`${time}.${request.headers['holdfast-retry-id']}.${body}`).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

async function handIn(target) {
  const response = await fetch(new URL('/api/retries', server), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      operation_type: 'http_callback',
      target,
      payload: { method: 'POST', body: { order: 17 } },
      correlation_id: `order-17-paid-${process.pid}`, // handed in twice, it is one item
    }),
  });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
}

receiver.listen(0, '127.0.0.1', () => handIn(`http://127.0.0.1:${receiver.address().port}/paid`));
receiver.on('close', () => {
  console.log(`attempts: ${attempts}, done: ${JSON.stringify([...done.values()])}`);
  process.exit(attempts === 2 && done.size === 1 ? 0 : 1);
});
