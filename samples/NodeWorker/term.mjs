import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { log } from './log.mjs';

// The database grants 12 seconds. A worker trusts its lease for two thirds of that, counted from before it asked: so it lets go while nobody
// else can have its items yet, also when an answer was slow.
const TRUST_MS = 8_000;
const HEARTBEAT_MS = 4_000;
const AGAIN_MS = 1_000;

// The lease of this process under one id, which is never used again.
export class Term {
  id = randomUUID();
  #pool;
  #ends = new AbortController();
  #lost = false;
  #trustedUntil = 0;
  #trust; // timers
  #heartbeat;

  static async begin(pool) {
    const term = new Term();
    term.#pool = pool;
    setMaxListeners(0, term.ends); // one for each item that is being executed
    await term.#renew();
    term.#schedule(HEARTBEAT_MS);
    return term;
  }

  // Compares the time itself: in a process that was frozen the timers are late.
  get held() {
    return !this.#lost && performance.now() < this.#trustedUntil;
  }

  // Aborted when handlers have to end.
  get ends() {
    return this.#ends.signal;
  }

  // The worker stops: what is aborted now is told as a failure.
  hurry() {
    this.#ends.abort(new Error('the worker stops'));
  }

  // Nothing may be told any more.
  lose() {
    this.#stop();
    if (!this.#lost) {
      this.#lost = true;
      log(`the lease of ${this.id} is lost`);
      this.#ends.abort(new Error('the lease is lost'));
    }
  }

  // What it still has goes back without an attempt. A lease that was lost is left to lapse: a handler may not have noticed yet.
  async leave() {
    this.#stop();
    if (this.held) {
      await this.#pool.query('SELECT holdfast.leave_retry_worker($1)', [this.id]);
    }
  }

  #schedule(ms) {
    this.#heartbeat = setTimeout(async () => {
      const next = await this.#renew().then(() => HEARTBEAT_MS, (fault) => { log(`no heartbeat: ${fault.message}`); return AGAIN_MS; });
      if (this.#heartbeat !== null && this.held) {
        this.#schedule(next);
      }
    }, ms);
  }

  async #renew() {
    const askedAt = performance.now();
    const { rows: [{ granted }] } = await this.#pool.query('SELECT holdfast.heartbeat_retry_worker($1) AS granted', [this.id]);
    if (!granted) {
      this.lose();
    } else if (this.#heartbeat !== null) {
      this.#trustedUntil = askedAt + TRUST_MS;
      clearTimeout(this.#trust);
      this.#trust = setTimeout(() => this.lose(), this.#trustedUntil - performance.now());
    }
  }

  #stop() {
    clearTimeout(this.#trust);
    clearTimeout(this.#heartbeat);
    this.#heartbeat = null;
  }
}
