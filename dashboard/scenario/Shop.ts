import type { Api } from './Api';
import type { Chance } from './Chance';
import { measurements } from './measurements';

const shops = ['shop-berlin', 'shop-oslo', 'shop-porto'] as const;
const models = ['clerk-large', 'clerk-small'] as const;
const tokensMax = 128_000;

/** One talk of a customer with the shop's assistant. */
interface Talk {
  readonly id: string;
  readonly model: string;
  tokens: number;
  messages: number;
}

/** What a shop records: orders, payments, talks with its assistant, and what it measures. */
export class Shop {
  readonly #talks: Talk[] = [];
  #orders = 4_711;
  #sold = 0;

  constructor(
    private readonly api: Api,
    private readonly chance: Chance,
  ) {}

  /** Some orders, at moments within the last so many milliseconds. */
  async trade(orders: number, withinMs = 0): Promise<void> {
    const now = Date.now();
    const events = Array.from({ length: orders }, (_, at) => this.#order(now - withinMs * (1 - (at + 1) / orders)));
    await this.api.post('api/events', events.flat());
  }

  /** Customers go on talking, some begin, some have had enough. */
  async talk(): Promise<void> {
    if (this.#talks.length < 6) this.#talks.push({ id: `talk-${this.#orders}-${this.#talks.length}`, model: this.chance.of(models), tokens: 0, messages: 0 });
    const events = this.#talks.flatMap((talk) => this.#say(talk));
    for (const talk of this.#talks.filter(({ tokens }) => tokens >= tokensMax)) this.#talks.splice(this.#talks.indexOf(talk), 1);
    await this.api.post('api/events', events);
  }

  /** What it measures, over OTLP, at a moment. */
  async measure(at: number): Promise<void> {
    await this.api.post('v1/metrics', measurements(this.chance, this.#sold, at));
  }

  /** Rows that the store refuses: a scanner that sends a NUL character. */
  async poison(rows: number): Promise<void> {
    const events = Array.from({ length: rows }, (_, at) => ({ event_type: 'till.opened\u0000', source: shops[at % shops.length], data: { till: at + 1, cash: this.chance.whole(0, 50_000) / 100 } }));
    await this.api.post('api/events', events);
  }

  #order(at: number): readonly object[] {
    const [order, amount] = [++this.#orders, this.chance.whole(500, 25_000) / 100];
    const about = { source: this.chance.of(shops), timestamp: new Date(at).toISOString() };
    const { sold, latency } = { sold: !this.chance.is(0.04), latency: this.chance.whole(20, 180) };
    if (sold) this.#sold++;
    return [
      { event_type: 'order.placed', ...about, data: { order, amount, items: this.chance.whole(1, 7) } },
      sold
        ? { event_type: 'payment.taken', ...about, data: { order, amount, response_time_ms: latency } }
        : { event_type: 'payment.failed', ...about, data: { order, amount, error: this.chance.of(['card declined', 'card expired', 'the bank does not answer']) } },
    ];
  }

  #say(talk: Talk): readonly object[] {
    const about = { source: 'assistant', metadata: { session_id: talk.id } };
    const isNew = talk.messages === 0;
    talk.messages += this.chance.whole(1, 3);
    talk.tokens = Math.min(tokensMax, talk.tokens + this.chance.whole(2_000, 22_000));
    const figures = { session_id: talk.id, current_model: talk.model, conversation_length: talk.messages, context_tokens_used: talk.tokens, context_tokens_max: tokensMax };
    return [
      ...(isNew ? [{ event_type: 'session_start', ...about, data: { session_id: talk.id, current_model: talk.model, context_tokens_max: tokensMax } }] : []),
      { event_type: 'session_metrics', ...about, data: figures },
      ...(talk.tokens >= tokensMax ? [{ event_type: 'session_end', ...about, data: { session_id: talk.id, reason: 'the context is full' } }] : []),
    ];
  }
}
