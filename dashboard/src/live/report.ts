import { computed, effect } from '@preact/signals';
import type { EventItem } from '../state/model';
import type { Store } from '../state/store';
import { DelayMeter } from './DelayMeter';

const everyMs = 10_000;

/** Measures how late events are when this page has them, and tells the server. */
export function reportDelays(store: Store, send: (metrics: object) => void): void {
  const meter = new DelayMeter();
  let newest: EventItem | undefined;
  const serverTime = computed(() => store.state.value.serverTime);
  effect(() => meter.keepalive(serverTime.value, Date.now()));
  effect(() => {
    const [latest] = store.events.value;
    if (latest !== undefined && newest !== undefined && latest.key !== newest.key) meter.event(latest, Date.now(), store.you.peek()?.roundTripMs ?? 0);
    newest = latest;
  });
  setInterval(() => {
    const { gaps, malformed } = store.state.peek().counts;
    send({ e2e_p95_ms: meter.p95(), gaps, dropped: malformed, mode: store.connection.peek().source });
  }, everyMs);
}
