// Fetched and completed in batches of 1,000 by loops without a pause between two batches, its fastest way. No handler is called, which
// favours it; its own workers wait half a second between two batches at least.
import PgBoss from 'pg-boss';
import { measure } from './measure.mjs';

const BATCH = 1_000;
const LOOPS = 8;
const QUEUE = 'noop';

await measure({
  name: 'pg-boss',
  schema: 'peer_pg_boss',
  jobs: 'peer_pg_boss.job_common',
  async open({ schema, connections }) {
    const boss = new PgBoss({ schema, max: connections });
    boss.on('error', (fault) => { throw fault; });
    await boss.start();
    await boss.createQueue(QUEUE);
    return {
      insert: (payloads) => boss.insert(QUEUE, payloads.map((data) => ({ data }))),
      add: (data) => boss.send(QUEUE, data),
      drain: (items) => drain(boss, items),
      close: () => boss.stop({ graceful: false, close: true }),
    };
  },
});

async function drain(boss, items) {
  const done = await Promise.all(Array.from({ length: LOOPS }, () => completeAll(boss)));
  const completed = done.reduce((sum, one) => sum + one, 0);
  if (completed !== items) {
    throw new Error(`pg-boss completed ${completed} of ${items} jobs.`);
  }
  return async () => {};
}

async function completeAll(boss) {
  for (let completed = 0; ;) {
    const jobs = await boss.fetch(QUEUE, { batchSize: BATCH });
    if (jobs.length === 0) {
      return completed;
    }
    await boss.complete(QUEUE, jobs.map((job) => job.id));
    completed += jobs.length;
  }
}
