import { computed, effect, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { eventsUrl } from '../../api/events';
import type { EventPage, PageStart } from '../../api/events';
import type { EventItem } from '../../state/model';
import { matches } from './filters';
import type { EventFilters } from './filters';

/** Why rows must not move: someone points at them, has the keyboard in them, or does not look. */
export type PauseReason = 'pointer' | 'focus' | 'away';

export type OlderState = 'ready' | 'loading' | 'end' | 'full' | { readonly fault: string };

const rowsAtFirst = 100;
const rowsMore = 100;

/** Beyond this a person scrolls in vain; a filter finds what they look for. */
const olderMax = 2000;

/** Events received last are compared to find where the stored ones go on; one with a strange timestamp then does not matter. */
const edge = 20;

/** The event log: live events that pass the filter, older ones from the store below, and a standstill while someone reads. */
export class EventLogModel {
  readonly #live: ReadonlySignal<readonly EventItem[]>;
  readonly #frozen = signal<readonly EventItem[] | null>(null);
  readonly #older = signal<readonly EventItem[]>([]);
  readonly #rows = signal(rowsAtFirst);
  readonly #reasons = new Set<PauseReason>();
  #liveBefore: readonly EventItem[] = [];
  #next: PageStart = null;
  #request: AbortController | null = null;

  readonly olderState = signal<OlderState>('ready');
  readonly filters: ReadonlySignal<EventFilters>;

  /** All rows there are at present, newest first. */
  readonly all = computed(() => joined(this.#frozen.value ?? this.#live.value, this.#older.value));

  /** The rows to draw. */
  readonly shown = computed(() => this.all.value.slice(0, this.#rows.value));

  readonly paused = computed(() => this.#frozen.value !== null);

  /** Events that came while the rows stand still. */
  readonly waiting = computed(() => {
    const [newest] = this.#frozen.value ?? [];
    if (this.#frozen.value === null) return 0;
    const at = newest === undefined ? -1 : this.#live.value.findIndex((event) => event.key === newest.key);
    return at < 0 ? this.#live.value.length : at;
  });

  constructor(
    events: ReadonlySignal<readonly EventItem[]>,
    filters: ReadonlySignal<EventFilters>,
    private readonly fetchPage: (url: URL, signal: AbortSignal) => Promise<EventPage>,
    private readonly base: string,
  ) {
    this.filters = filters;
    this.#live = computed(() => events.value.filter((event) => matches(event, filters.value)));
    effect(() => this.#restart(filters.value));
    effect(() => this.#keepEvicted(this.#live.value));
  }

  /** Where the rows shown come from, as the API has them. */
  url(): URL {
    return eventsUrl(this.base, this.filters.value, null);
  }

  pause(reason: PauseReason): void {
    this.#reasons.add(reason);
    if (this.#frozen.peek() === null) this.#frozen.value = this.#live.peek();
  }

  release(reason: PauseReason): void {
    this.#reasons.delete(reason);
    if (this.#reasons.size === 0) this.#frozen.value = null;
  }

  /** Someone wants to see the new rows although a reason to stand still remains. */
  resume(): void {
    this.#reasons.clear();
    this.#frozen.value = null;
  }

  /** Draws more rows; when all are drawn, asks the store for older ones. */
  async more(): Promise<void> {
    if (this.#rows.peek() < this.all.peek().length) this.#rows.value += rowsMore;
    else if (typeof this.olderState.peek() === 'object' || this.olderState.peek() === 'ready') await this.#loadOlder();
  }

  async #loadOlder(): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    this.olderState.value = 'loading';
    try {
      const page = await this.fetchPage(eventsUrl(this.base, this.filters.peek(), this.#next ?? this.#edgeOfLive()), request.signal);
      if (!request.signal.aborted) this.#take(page);
    } catch (fault) {
      if (!request.signal.aborted) this.olderState.value = { fault: fault instanceof Error ? fault.message : String(fault) };
    }
  }

  #take({ items, nextCursor }: EventPage): void {
    this.#next = nextCursor === null ? null : { cursor: nextCursor };
    this.#older.value = joined(this.#older.peek(), items).slice(0, olderMax);
    this.#rows.value += items.length;
    const full = this.#older.peek().length >= olderMax;
    this.olderState.value = nextCursor === null ? 'end' : full ? 'full' : 'ready';
  }

  #edgeOfLive(): PageStart {
    const last = this.#live.peek().slice(-edge);
    return last.length === 0 ? null : { untilMs: Math.max(...last.map((event) => event.timestampMs)) };
  }

  /** Live events leave at their bound; while older ones stand below, they go over there, or the list would tear. */
  #keepEvicted(live: readonly EventItem[]): void {
    if (this.#older.peek().length > 0) {
      const kept = new Set(live.map((event) => event.key));
      const evicted = this.#liveBefore.filter((event) => !kept.has(event.key));
      if (evicted.length > 0) this.#older.value = joined(evicted, this.#older.peek()).slice(0, olderMax);
    }
    this.#liveBefore = live;
  }

  #restart(_: EventFilters): void {
    this.#request?.abort();
    this.#next = null;
    this.#older.value = [];
    this.#liveBefore = [];
    this.#rows.value = rowsAtFirst;
    this.olderState.value = 'ready';
    if (this.#frozen.peek() !== null) this.#frozen.value = this.#live.peek();
  }
}

/** The first list, then what of the second is not in it. */
function joined(first: readonly EventItem[], second: readonly EventItem[]): readonly EventItem[] {
  const known = new Set(first.map((event) => event.key));
  return second.length === 0 ? first : [...first, ...second.filter((event) => !known.has(event.key))];
}
