import type { EventItem } from '../state/model';

const keptKeepalives = 60;
const keptDelays = 500;

/**
 * How long events take from the server's intake to this page, without trusting that both clocks agree: the fastest of the last
 * keep-alives tells how far the clocks are apart (plus one way of the network, which half the measured round trip adds back).
 */
export class DelayMeter {
  #offsets: number[] = [];
  #delays: number[] = [];

  keepalive(serverTime: number, now: number): void {
    this.#offsets = [...this.#offsets, now - serverTime].slice(-keptKeepalives);
  }

  event({ receivedMs }: EventItem, now: number, roundTripMs: number): void {
    if (this.#offsets.length === 0 || receivedMs === 0) return;
    const delay = now - receivedMs - Math.min(...this.#offsets) + roundTripMs / 2;
    this.#delays = [...this.#delays, Math.max(0, delay)].slice(-keptDelays);
  }

  /** The 95th percentile of the last delays; null before the first event. */
  p95(): number | null {
    if (this.#delays.length === 0) return null;
    const sorted = [...this.#delays].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))]!;
  }
}
