import { pointsMax } from './model';
import type { Beat, Points } from './model';

type Column = readonly (number | null)[];

/** A column is a second. */
const stepMs = 1000;

/** A pause longer than this is drawn as a hole and has no rate; a shorter one is a late tick. */
export const holeMs = 5000;

export const noPoints: Points = { times: [], columns: new Map(), beats: new Map() };

/** Adds readings that came at a time. What has no place among the columns any more is left out. */
export function appendTick(points: Points, time: number, values: ReadonlyMap<string, number>): Points {
  const slot = Math.max(...[...values.keys()].map((key) => slotAfter(points.beats.get(key), time)));
  const beats = new Map(points.beats);
  for (const key of values.keys()) beats.set(key, { at: time, slot });
  return { ...place(points, slot, values), beats };
}

/**
 * The second a reading belongs to. Sources measure about each second: by the clock alone a second would now and then be skipped or filled
 * twice. So a reading about a second after the one before belongs to the next second, unless that has drifted away from the clock.
 */
function slotAfter(beat: Beat | undefined, time: number): number {
  const byClock = Math.floor(time / stepMs) * stepMs;
  if (beat === undefined) return byClock;
  const byBeat = beat.slot + Math.max(0, Math.round((time - beat.at) / stepMs)) * stepMs;
  return Math.abs(byBeat - byClock) > stepMs ? byClock : byBeat;
}

function place(points: Points, slot: number, values: ReadonlyMap<string, number>): Points {
  const last = points.times.at(-1);
  if (last === undefined || slot > last) {
    const broken = last !== undefined && slot - last > holeMs;
    return appendColumn(broken ? appendColumn(points, last + stepMs, new Map()) : points, slot, values);
  }
  const at = points.times.lastIndexOf(slot);
  return at < 0 ? points : fillColumn(points, at, values);
}

function appendColumn({ times, columns, beats }: Points, time: number, values: ReadonlyMap<string, number>): Points {
  const keep = Math.min(times.length, pointsMax - 1);
  const next = new Map<string, Column>();
  for (const [key, column] of columns) next.set(key, [...column.slice(column.length - keep), values.get(key) ?? null]);
  for (const [key, value] of values) if (!next.has(key)) next.set(key, [...nulls(keep), value]);
  return { times: [...times.slice(times.length - keep), time], columns: next, beats };
}

function fillColumn({ times, columns, beats }: Points, at: number, values: ReadonlyMap<string, number>): Points {
  const next = new Map(columns);
  for (const [key, value] of values) next.set(key, (columns.get(key) ?? nulls(times.length)).with(at, value));
  return { times, columns: next, beats };
}

/**
 * Joins what the server remembers with what this page has seen. The server wins for the time it covers; what the page saw before
 * stays, so a restarted server with a short memory does not empty the charts.
 */
export function joinHistory(seen: Points, history: Points): Points {
  const remembered = dropLeadingHoles(history);
  const [start] = remembered.times;
  if (start === undefined) return seen;

  const older = seen.times.filter((time) => time < start);
  const broken = older.length > 0 && start - older.at(-1)! > holeMs;
  const middle: readonly number[] = broken ? [older.at(-1)! + stepMs] : [];
  const times = [...older, ...middle, ...remembered.times].slice(-pointsMax);
  const columns = new Map<string, Column>();
  for (const key of new Set([...seen.columns.keys(), ...remembered.columns.keys()])) {
    const before = seen.columns.get(key)?.slice(0, older.length) ?? nulls(older.length);
    const after = remembered.columns.get(key) ?? nulls(remembered.times.length);
    columns.set(key, [...before, ...nulls(middle.length), ...after].slice(-pointsMax));
  }
  return { times, columns, beats: new Map() };
}

function dropLeadingHoles(history: Points): Points {
  const { times, columns } = history;
  const all = [...columns.values()];
  const first = times.findIndex((_, at) => all.some((column) => column[at] !== null && column[at] !== undefined));
  if (first < 0) return noPoints;
  return { ...history, times: times.slice(first), columns: new Map([...columns].map(([key, column]) => [key, column.slice(first)])) };
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
