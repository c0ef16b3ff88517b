import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { log } from './log.mjs';

const AGAIN_MS = 1_000;

// Wakes the worker when there may be something to do. It only saves time: whoever misses a ring finds the item when it polls.
export class Doorbell {
  #rung = false;
  #wake = () => {};

  ring() {
    this.#rung = true;
    this.#wake();
  }

  async wait(ms) {
    if (!this.#rung) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => { clearTimeout(timer); resolve(); };
      });
    }
    this.#rung = false;
  }

  // Rings whenever the server or another worker does. LISTEN wants a connection of its own, and a new one when it breaks.
  async listen(stop) {
    while (!stop.aborted) {
      await this.#listenOnce(stop).catch((fault) => log(`cannot listen: ${fault.message}`));
      await pause(AGAIN_MS, undefined, { signal: stop }).catch(() => {});
    }
  }

  async #listenOnce(stop) {
    const client = new pg.Client({ application_name: 'node-worker doorbell', connectionTimeoutMillis: 3_000, keepAlive: true });
    const broken = new Promise((resolve, reject) => client.on('error', reject).on('end', resolve));
    broken.catch(() => {}); // it may break before anybody waits for that
    const close = () => client.end();
    stop.addEventListener('abort', close);
    client.on('notification', () => this.ring());
    try {
      await client.connect();
      await client.query('LISTEN holdfast_retries');
      this.ring(); // something may have come while nobody listened
      await broken;
    } finally {
      stop.removeEventListener('abort', close);
      client.end().catch(() => {});
    }
  }
}
