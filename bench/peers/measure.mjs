// Measures one queue: handed in in bulk, drained, and handed in one by one. What it leaves in the database is dropped before and after, so
// that every run is the first one. The database is the one of the PG* variables, as psql has it.
import { parseArgs } from 'node:util';
import pg from 'pg';

const BULK = 1_000;
const PRODUCERS = 8;
const SINGLES_EACH = 1_000;

// queue: { name, schema, jobs (its table), open({ schema, connections }) }, opened as { insert(payloads), add(payload), drain(items), close() }.
// drain ends when the last completion is in the database, and answers with what stops its workers, which is not measured.
export async function measure(queue) {
  const { items, payload, connections } = settings();
  const admin = new pg.Client();
  await admin.connect();
  const drop = () => admin.query(`DROP SCHEMA IF EXISTS ${queue.schema} CASCADE`);
  await drop();

  const opened = await queue.open({ schema: queue.schema, connections });
  const body = { pad: 'x'.repeat(payload) };
  await admin.query('CHECKPOINT');
  const bulk = await perSecond(items, () => insertAll(opened, items, body));
  // As ours and the bare loop have it: the planner knows the table, and no checkpoint of the enqueue falls into the drain.
  await admin.query(`VACUUM ANALYZE ${queue.jobs}`);
  await admin.query('CHECKPOINT');
  let stop;
  const drain = await perSecond(items, async () => { stop = await opened.drain(items); });
  await stop();
  const single = await perSecond(PRODUCERS * SINGLES_EACH, () => addEach(opened, body));

  await opened.close();
  await drop();
  await admin.end();
  console.log(JSON.stringify({
    peer: queue.name, enqueue_bulk_per_s: bulk, enqueue_single_per_s: single, drain_per_s: drain, items, payload,
  }));
}

function settings() {
  const { values } = parseArgs({
    options: {
      items: { type: 'string', default: '20000' },
      payload: { type: 'string', default: '256' },
      connections: { type: 'string', default: '28' },
    },
  });
  return Object.fromEntries(Object.entries(values).map(([name, text]) => [name, positive(name, text)]));
}

function positive(name, text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new Error(`--${name} wants a whole number from 1, not '${text}'.`);
  }
  return number;
}

async function insertAll(opened, items, body) {
  for (let done = 0; done < items; done += BULK) {
    await opened.insert(Array(Math.min(BULK, items - done)).fill(body));
  }
}

async function addEach(opened, body) {
  await Promise.all(Array.from({ length: PRODUCERS }, async () => {
    for (let i = 0; i < SINGLES_EACH; i++) {
      await opened.add(body);
    }
  }));
}

async function perSecond(count, action) {
  const start = performance.now();
  await action();
  return Math.round(count / ((performance.now() - start) / 1000));
}
