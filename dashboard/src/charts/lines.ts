import { holeMs } from '../state/points';

export type Values = readonly (number | null)[];

/** A reading that is late is drawn as the last one known; a real hole stays a hole. */
export function carry(times: readonly number[], values: Values): Values {
  const carried = [...values];
  const end = values.length;
  let last = -1;
  for (let at = 0; at <= end; at++) {
    if (at < end && values[at] === null) continue;
    if (last >= 0 && times[Math.min(at, end - 1)]! - times[last]! <= holeMs) carried.fill(values[last]!, last + 1, at);
    last = at;
  }
  return carried;
}

/** Adds up what is known at each instant; unknown only where nothing is. */
export function sum(columns: readonly Values[], length: number): Values {
  return Array.from({ length }, (_, at) => fold(columns, at, (total, value) => total + value));
}

export function mean(columns: readonly Values[], length: number): Values {
  const totals = sum(columns, length);
  return totals.map((total, at) => (total === null ? null : total / columns.filter((column) => column[at] !== null && column[at] !== undefined).length));
}

function fold(columns: readonly Values[], at: number, add: (total: number, value: number) => number): number | null {
  let total: number | null = null;
  for (const column of columns) {
    const value = column[at];
    if (value !== null && value !== undefined) total = total === null ? value : add(total, value);
  }
  return total;
}

export interface Extremes {
  readonly now: number | null;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

/** What a chart says in words; null when it has nothing to say. */
export function extremes(values: Values): Extremes | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return {
    now: values.at(-1) ?? null,
    least: Math.min(...known),
    mean: known.reduce((total, value) => total + value, 0) / known.length,
    most: Math.max(...known),
  };
}
