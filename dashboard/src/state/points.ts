import { pointsMax } from './model';
import type { Points } from './model';

type Column = readonly (number | null)[];

/** A pause longer than this is drawn as a hole and has no rate; a shorter one is a late tick. */
export const holeMs = 5000;

/** Readings nearer than this to the newest column belong to it: two sources that sample in the same second share a column. */
const sameColumnMs = 500;

/** Adds readings at a time. Readings older than the newest column have no place any more and are left out. */
export function appendTick(points: Points, time: number, values: ReadonlyMap<string, number>): Points {
  const last = points.times.at(-1);
  if (last === undefined) return appendColumn(points, time, values);
  if (Math.abs(time - last) < sameColumnMs) return mergeIntoLast(points, values);
  if (time < last) return points;
  return appendColumn(time - last > holeMs ? appendColumn(points, last + 1000, new Map()) : points, time, values);
}

function appendColumn({ times, columns }: Points, time: number, values: ReadonlyMap<string, number>): Points {
  const keep = Math.min(times.length, pointsMax - 1);
  const next = new Map<string, Column>();
  for (const [key, column] of columns) next.set(key, [...column.slice(column.length - keep), values.get(key) ?? null]);
  for (const [key, value] of values) if (!next.has(key)) next.set(key, [...nulls(keep), value]);
  return { times: [...times.slice(times.length - keep), time], columns: next };
}

function mergeIntoLast({ times, columns }: Points, values: ReadonlyMap<string, number>): Points {
  const next = new Map(columns);
  for (const [key, value] of values) {
    const column = columns.get(key) ?? nulls(times.length);
    next.set(key, [...column.slice(0, -1), value]);
  }
  return { times, columns: next };
}

/**
 * Joins what the server remembers with what this page has seen. The server wins for the time it covers; what the page saw before
 * stays, so a restarted server with a short memory does not empty the charts.
 */
export function joinHistory(seen: Points, history: Points): Points {
  const remembered = dropLeadingHoles(history);
  const [start] = remembered.times;
  if (start === undefined) return seen;

  const older = seen.times.filter((time) => time < start - sameColumnMs);
  const broken = older.length > 0 && start - older.at(-1)! > holeMs;
  const middle: readonly number[] = broken ? [older.at(-1)! + 1000] : [];
  const times = [...older, ...middle, ...remembered.times].slice(-pointsMax);
  const columns = new Map<string, Column>();
  for (const key of new Set([...seen.columns.keys(), ...remembered.columns.keys()])) {
    const before = seen.columns.get(key)?.slice(0, older.length) ?? nulls(older.length);
    const after = remembered.columns.get(key) ?? nulls(remembered.times.length);
    columns.set(key, [...before, ...nulls(middle.length), ...after].slice(-pointsMax));
  }
  return { times, columns };
}

function dropLeadingHoles({ times, columns }: Points): Points {
  const all = [...columns.values()];
  const first = times.findIndex((_, at) => all.some((column) => column[at] !== null && column[at] !== undefined));
  if (first <= 0) return first === 0 ? { times, columns } : { times: [], columns: new Map() };
  return { times: times.slice(first), columns: new Map([...columns].map(([key, column]) => [key, column.slice(first)])) };
}

const nulls = (length: number): null[] => new Array<null>(length).fill(null);

/**
 * Running totals as change per second. Where a total went down the process that kept it began anew, and what it had counted in
 * between is unknown: that step has no rate, instead of an invented one.
 */
export function toRates(times: readonly number[], totals: Column): (number | null)[] {
  let before = -1;
  return totals.map((total, at) => {
    if (total === null) return null;
    const rate = before < 0 ? null : rateBetween(times[before]!, totals[before]!, times[at]!, total);
    before = at;
    return rate;
  });
}

function rateBetween(fromTime: number, from: number, toTime: number, to: number): number | null {
  const elapsedMs = toTime - fromTime;
  return to < from || elapsedMs <= 0 || elapsedMs > holeMs ? null : ((to - from) * 1000) / elapsedMs;
}
