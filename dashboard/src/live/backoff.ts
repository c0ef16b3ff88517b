const firstMs = 500;
const mostMs = 30_000;

/** The most while a server that said it would restart is expected back: everybody is live again within three seconds of it. */
export const restartMostMs = 2000;

/** How long it is expected. */
export const restartPatienceMs = 30_000;
const jitter = 0.25;

/** How long to wait before an attempt: doubling, bounded, and spread by a quarter so that pages do not all come back at once. */
export function backoffMs(failedAttempts: number, random: number, limitMs = mostMs): number {
  const grown = Math.min(limitMs, firstMs * 2 ** Math.min(Math.max(failedAttempts - 1, 0), 16));
  return spread(grown, random);
}

/** A delay moved by up to a quarter in either direction; `random` is in [0, 1). */
export function spread(delayMs: number, random: number): number {
  return Math.min(mostMs, delayMs * (1 - jitter + 2 * jitter * random));
}
