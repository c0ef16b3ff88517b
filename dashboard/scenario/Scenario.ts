import { HoldfastServer } from '../browser/support/HoldfastServer';
import { Api } from './Api';
import { Chance } from './Chance';
import { Shop } from './Shop';
import { Target } from './Target';

const hourMs = 3_600_000;

/** A flag that a shop rolls out, and the part of its customers who have it. */
export const rolledOut = 'checkout.fast';

/** Short times, so that a person sees a breaker open and close while they look. */
const settings = {
  HOLDFAST_CALLBACK_ALLOW: '127.0.0.0/8',
  HOLDFAST_RETRY_RETRY_POLICIES: JSON.stringify({ http_callback: { max_retries: 2, initial_delay_seconds: 0.2, backoff_multiplier: 2, jitter: 0, break_after_failures: 0 } }),
  METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD: '3',
  METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT: '3',
};

/**
 * A shop in front of the real server, and what goes wrong there: rows that the store refuses, a service that refuses work and recovers, a store
 * that is away, a rollout that makes things worse. The demonstration, the pictures and the tests of an operator's tasks all have their data from here.
 */
export class Scenario {
  readonly api: Api;
  readonly shop: Shop;
  readonly #chance = new Chance(17);
  #handedIn = 0;

  private constructor(
    readonly server: HoldfastServer,
    readonly target: Target,
  ) {
    this.api = new Api(server.url);
    this.shop = new Shop(this.api, this.#chance);
  }

  get url(): string {
    return this.server.url;
  }

  static async start(more: Readonly<Record<string, string>> = {}): Promise<Scenario> {
    const target = await Target.start();
    try {
      return new Scenario(await HoldfastServer.start({ ...settings, ...more }), target);
    } catch (fault) {
      await target.stop();
      throw fault;
    }
  }

  /** An hour that went as hours go, and three things that did not. */
  async prepare(): Promise<void> {
    await this.shop.trade(300, hourMs);
    for (let ago = hourMs; ago > 0; ago -= 30_000) await this.shop.measure(Date.now() - ago);
    for (let turns = 0; turns < 8; turns++) await this.shop.talk();
    await this.shop.poison(12);
    await this.refunds(24);
    await this.lettersToCustomers(7);
    await this.beginRollout();
  }

  /** Refunds with a wrong sign: the service answers 500 until somebody mends it, or them. */
  async refunds(orders: number): Promise<void> {
    await this.#handIn(orders, (order) => ({ target: this.target.address('/refunds'), payload: { body: { order, amount: -this.#chance.whole(5, 90), customer: `customer-${order}` } } }));
  }

  /** Letters to customers that are not there: 422, which no further attempt would change. */
  async lettersToCustomers(letters: number): Promise<void> {
    await this.#handIn(letters, (order) => ({ target: this.target.address('/customers/letters'), payload: { body: { order, text: 'Your parcel is on its way.' } } }));
  }

  /** Orders that the service takes, unless it is down. */
  async shipments(orders: number): Promise<void> {
    await this.#handIn(orders, (order) => ({ target: this.target.address('/shipments'), payload: { body: { order, parcels: this.#chance.whole(1, 3) } } }));
  }

  /** A quarter of the customers get a new checkout. */
  async beginRollout(): Promise<void> {
    await this.api.send('PUT', `api/flags/${rolledOut}`, { value: false, reason: 'a checkout in one step' });
    await this.api.post(`api/flags/${rolledOut}/rollout`, { variant: 'on', steps: [25, 50, 100], soak_seconds: 600, reason: 'a quarter first' });
    await this.sampleRollout();
  }

  /** What both halves measured in the last seconds: those who have the new checkout fail more often. */
  async sampleRollout(): Promise<void> {
    for (const [variant, requests, failing] of [['on', 40, 0.2], ['off', 120, 0.005]] as const) {
      const latencies_ms = Array.from({ length: 20 }, () => Math.round(this.#chance.between(60, variant === 'on' ? 210 : 160)));
      await this.api.post(`api/flags/${rolledOut}/samples`, { variant, requests, errors: Math.round(requests * failing * this.#chance.between(0.8, 1.2)), latencies_ms });
    }
  }

  /**
   * Operations of which no attempt can help, as many as are wanted: the addresses may not be called. They are many, because one that fails is asked
   * less and less. One of the operations has a word of its own.
   */
  async failing(items: number, word: string): Promise<void> {
    const portion = 2_000;
    const addresses = 256;
    for (let done = 0; done < items; done += portion) {
      const count = Math.min(portion, items - done);
      const body = Array.from({ length: count }, (_, at) => ({
        operation_type: 'http_callback',
        target: `http://10.0.${(done + at) % addresses}.1/parcels`,
        payload: { body: { parcel: done + at, note: done + at === Math.floor(items / 2) ? word : 'nothing of note' } },
      }));
      await this.api.post('api/retries', body);
    }
    await this.settled();
  }

  /** Payments that failed, of the last hour, all of them in the store; one of them has a word of its own. */
  async failedPayments(events: number, word: string): Promise<void> {
    const portion = 5_000;
    const now = Date.now();
    for (let done = 0; done < events; done += portion) {
      const body = Array.from({ length: Math.min(portion, events - done) }, (_, at) => ({
        event_type: 'payment.failed',
        source: 'shop-porto',
        timestamp: now - hourMs + Math.floor((hourMs * (done + at)) / events),
        data: { order: done + at, error: done + at === Math.floor(events / 2) ? word : 'card declined' },
      }));
      await this.api.post('api/events', body);
    }
    await this.drained();
  }

  /** Waits until every event that was received has reached the store. */
  async drained(): Promise<void> {
    await until(async () => ((await this.api.get('api/ledger')) as { events: { spooled: number } }).events.spooled === 0);
  }

  /** Waits until nothing of the queue waits or is being executed any more. */
  async settled(): Promise<void> {
    await until(async () => {
      const { totals } = (await this.api.get('api/retries/stats')) as { totals: { pending: number; processing: number } };
      return totals.pending + totals.processing === 0;
    });
  }

  /** Runs a check until it says so: it takes some results in a row, and would take its time for them. */
  async untilNoticed(check: string, state: 'pass' | 'fail'): Promise<void> {
    await until(async () => ((await this.api.post(`api/health/checks/${check}/run`, {})) as { state: string }).state === state);
  }

  /** Records until so much of the spool is taken: while the store is away, or nothing would stay there. */
  async fillSpool(share: number): Promise<void> {
    const scan = 'x'.repeat(20_000);
    await until(async () => {
      await this.api.post('api/events', { event_type: 'receipt.scanned', source: 'shop-oslo', data: { scan } });
      const { spool } = (await this.api.get('api/overview')) as { spool: { live_bytes: number; disk_bytes_max: number } };
      return spool.live_bytes >= share * spool.disk_bytes_max;
    });
  }

  /** Takes the store away. Returns how to bring it back; what is recorded meanwhile waits in the spool. */
  storeOutage(): () => void {
    return this.server.breakStore();
  }

  async dispose(): Promise<void> {
    await this.server.dispose();
    await this.target.stop();
  }

  async #handIn(items: number, make: (order: number) => object): Promise<void> {
    const body = Array.from({ length: items }, () => ({ operation_type: 'http_callback', ...make(7_000 + ++this.#handedIn) }));
    await this.api.post('api/retries', body);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
