import { setTimeout as pause } from 'node:timers/promises';
import { Doorbell } from './doorbell.mjs';
import { log } from './log.mjs';
import { Term } from './term.mjs';

const GRACE_MS = 10_000; // for what is being executed when the worker stops
const AFTER_FAILURE_MS = 1_000;
const TELLING_MAX = 10;

// Thrown by a handler: no further attempt would change it.
export class PermanentFailure extends Error {}

// Takes items of the types that it has handlers for, executes some of them at a time, and tells what came of each.
export class RetryWorker {
  #pool;
  #handlers;
  #concurrency;
  #batchSize;
  #pollMs;
  #doorbell = new Doorbell();
  #stop = new AbortController();
  #term;
  #waiting = []; // handed out and not begun
  #running = new Set();

  constructor({ pool, handlers, concurrency, batchSize, pollSeconds }) {
    this.#pool = pool;
    this.#handlers = handlers;
    this.#concurrency = concurrency;
    this.#batchSize = batchSize;
    this.#pollMs = pollSeconds * 1000;
  }

  // Until stop() is called. A term ends when its lease does or a query fails; the next one has another id.
  async run() {
    const listening = this.#doorbell.listen(this.#stop.signal);
    while (!this.#stop.signal.aborted) {
      try {
        this.#term = await Term.begin(this.#pool);
        await this.#serve(this.#term);
      } catch (fault) {
        log(`the database: ${fault.message}`);
        await pause(AFTER_FAILURE_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
      }
    }
    await listening;
  }

  // Nothing more is taken, what was not begun is given back, and what is being executed has some time left.
  stop() {
    this.#stop.abort();
    this.#doorbell.ring();
    setTimeout(() => this.#term?.hurry(), GRACE_MS).unref();
  }

  async #serve(term) {
    log(`serves ${Object.keys(this.#handlers)} as ${term.id}`);
    term.ends.addEventListener('abort', () => this.#doorbell.ring(), { once: true });
    try {
      while (!this.#stop.signal.aborted && term.held) {
        if (!this.#isHungry || await this.#acquire(term) === 0) {
          await this.#doorbell.wait(this.#pollMs);
        }
      }
    } finally {
      await this.#finish(term);
    }
  }

  get #isHungry() {
    return this.#waiting.length === 0 && this.#running.size < this.#concurrency;
  }

  // When it fails nobody knows whether items were handed out, so the term ends: its leave() gives them back.
  async #acquire(term) {
    const { rows } = await this.#pool.query(
      'SELECT * FROM holdfast.acquire_retry_batch($1, $2, $3)', [this.#batchSize, term.id, Object.keys(this.#handlers)]);
    this.#waiting.push(...rows);
    this.#begin(term);
    return rows.length;
  }

  #begin(term) {
    while (this.#running.size < this.#concurrency && this.#waiting.length > 0) {
      const attempt = this.#execute(this.#waiting.shift(), term).finally(() => {
        this.#running.delete(attempt);
        this.#begin(term);
        this.#doorbell.ring();
      });
      this.#running.add(attempt);
    }
  }

  async #execute(item, term) {
    // A process that was frozen may find here that its items are somebody else's.
    if (!term.held) {
      return;
    }

    const failure = await this.#attempt(item, term.ends).then(() => null, (fault) => fault instanceof Error ? fault : new Error(String(fault)));
    await this.#tell(item, term, failure);
  }

  // Ends in time, whatever the handler does.
  async #attempt(item, ends) {
    const attempt = new AbortController();
    const end = () => attempt.abort(ends.reason);
    ends.addEventListener('abort', end);
    const timer = setTimeout(() => attempt.abort(new Error(`no result within ${item.timeout_seconds} s`)), item.timeout_seconds * 1000);
    const aborted = new Promise((_, reject) => attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason)));
    try {
      const { id, token, target, payload, idempotency_key } = item;
      const call = { id, token, target, payload, attempt: item.attempt, idempotencyKey: idempotency_key ?? id, signal: attempt.signal };
      await Promise.race([this.#handlers[item.operation_type](call), aborted]);
    } finally {
      clearTimeout(timer);
      ends.removeEventListener('abort', end);
    }
  }

  // Only while the lease holds: afterwards the item may be somebody else's. The database compares the token all the same.
  async #tell(item, term, failure) {
    for (let tries = 0; term.held && tries < TELLING_MAX; tries++) {
      try {
        const status = failure === null ? await this.#complete(item) : await this.#fail(item, failure);
        log(`${item.operation_type} ${item.id}, attempt ${item.attempt}: ${status ?? 'is somebody else\'s'}${failure === null ? '' : `, ${reasonOf(failure)}`}`);
        return;
      } catch (fault) {
        log(`the outcome of ${item.id} could not be told: ${fault.message}`);
        await pause(AFTER_FAILURE_MS);
      }
    }
    term.lose();
  }

  async #complete({ id, token }) {
    const { rows: [{ done }] } = await this.#pool.query('SELECT holdfast.complete_retry($1, $2) AS done', [id, token]);
    return done ? 'completed' : null;
  }

  async #fail({ id, token }, failure) {
    const { rows: [{ status }] } = await this.#pool.query(
      'SELECT holdfast.fail_retry($1, $2, $3, $4) AS status', [id, token, reasonOf(failure), !(failure instanceof PermanentFailure)]);
    return status;
  }

  async #finish(term) {
    if (!term.held) {
      term.lose();
    }
    await this.#giveBack(this.#waiting.splice(0), term);
    await Promise.allSettled(this.#running);
    await term.leave();
  }

  async #giveBack(items, term) {
    if (items.length === 0 || !term.held) {
      return;
    }

    log(`gives back ${items.length} items that it has not begun`);
    try {
      for (const { id, token } of items) {
        await this.#pool.query('SELECT holdfast.return_retry($1, $2)', [id, token]);
      }
      await this.#pool.query('NOTIFY holdfast_retries');
    } catch (fault) {
      log(`${fault.message}: they go back when this worker leaves`);
    }
  }
}

// The reason of fetch() stands in its cause; PostgreSQL has no text with a NUL.
function reasonOf({ message, cause }) {
  return (cause instanceof Error ? `${message}: ${cause.message}` : message).replaceAll('\0', '');
}
