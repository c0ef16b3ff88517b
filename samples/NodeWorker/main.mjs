// A worker for failed operations. The database is the one of the PG* variables, as psql has it.
import pg from 'pg';
import { handlers } from './handlers.mjs';
import { RetryWorker } from './worker.mjs';

// A query without an answer must not take longer than the lease can bear.
const pool = new pg.Pool({ max: 4, application_name: 'node-worker', connectionTimeoutMillis: 3_000, query_timeout: 3_000 });
pool.on('error', () => {}); // a connection that broke while nobody used it: whoever asks next gets another, or the error

const worker = new RetryWorker({
  pool,
  handlers,
  concurrency: setting('WORKER_CONCURRENCY', 4),
  batchSize: setting('WORKER_BATCH_SIZE', 10),
  pollSeconds: setting('WORKER_POLL_SECONDS', 5),
});
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => worker.stop());
}

await worker.run();
process.exit(0); // a connection to a database that does not answer would keep the process

function setting(name, fallback) {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${name} wants a whole number from 1, not '${process.env[name]}'.`);
  }
  return value;
}
