const firstMs = 500;
const mostMs = 30_000;
const jitter = 0.25;

/** How long to wait before an attempt: doubling, bounded, and spread by a quarter so that pages do not all come back at once. */
export function backoffMs(failedAttempts: number, random: number): number {
  const grown = Math.min(mostMs, firstMs * 2 ** Math.min(Math.max(failedAttempts - 1, 0), 16));
  return spread(grown, random);
}

/** A delay moved by up to a quarter in either direction; `random` is in [0, 1). */
export function spread(delayMs: number, random: number): number {
  return Math.min(mostMs, delayMs * (1 - jitter + 2 * jitter * random));
}
