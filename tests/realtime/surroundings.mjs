// What the pieces of code in docs/recipes stand in: a server whose address is the argument, and what a browser has and Node 20 has not.
import WebSocket from 'ws';

globalThis.WebSocket = WebSocket;

const address = new URL(process.argv[2]).origin;
export const server = address.replace(/^http/, 'ws');

export async function post(path, body) {
  const answer = await fetch(`${address}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

// Polls; whoever started this has the patience that ends it.
export async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
