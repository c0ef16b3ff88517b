import type { Ledger } from './model';

/** Rows that are dead-lettered and neither stored nor given up: what someone may have to look at. The ledger has them live. */
export const deadLettered = (ledger: Ledger | null): number => (ledger === null ? 0 : ledger.events.dead_lettered + ledger.samples.dead_lettered);
