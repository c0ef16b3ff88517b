// With its local queue and with completions gathered without delay, its fastest way to have jobs done one by one.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { measure } from './measure.mjs';

const CONCURRENT_JOBS = 24;
const quiet = new Logger(() => (level, message) => level === 'error' && console.error(message));

await measure({
  name: 'graphile-worker',
  schema: 'peer_graphile_worker',
  jobs: 'peer_graphile_worker._private_jobs',
  async open({ schema, connections }) {
    const pgPool = new pg.Pool({ max: connections });
    pgPool.on('error', (fault) => { throw fault; });
    const utils = await makeWorkerUtils({ pgPool, schema, logger: quiet });
    await utils.migrate();
    return {
      insert: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: 'noop', payload }))),
      add: (payload) => utils.addJob('noop', payload),
      drain: (items) => drain(pgPool, schema, items),
      async close() {
        await utils.release();
        await pgPool.end();
      },
    };
  },
});

// Until every job is deleted: that a handler has returned does not say that its completion is in the database.
async function drain(pgPool, schema, items) {
  let left = items;
  let end;
  const handled = new Promise((resolve) => { end = resolve; });
  const runner = await run({
    pgPool,
    noHandleSignals: true,
    taskList: { noop: async () => void (--left === 0 && end()) },
    preset: {
      worker: {
        schema, logger: quiet, concurrentJobs: CONCURRENT_JOBS, pollInterval: 100, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0,
      },
    },
  });
  await handled;
  while ((await pgPool.query(`SELECT EXISTS (SELECT FROM ${schema}._private_jobs) AS some`)).rows[0].some) {
    await pause(2);
  }
  return () => runner.stop();
}
