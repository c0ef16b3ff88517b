import type { Change } from '../wire/frames';
import { readValues } from '../wire/frames';
import { readBreakers, readLedger, readRates, readSeries, readSpool, readStatus, readYou } from '../wire/overview';
import { isNumber, isRecord, list, number, record } from '../wire/read';
import type { Json } from '../wire/read';
import { seriesMax } from './model';
import type { LiveState, Points, Rates, Series } from './model';
import { appendTick, joinHistory } from './points';

/** Series that the page makes itself of the rates which come each second, so that a chart can show them like any other. */
export const eventRateKey = 'holdfast.events.rate';
export const refusedRateKey = 'holdfast.refused.rate';

export function applyOverview(state: LiveState, snapshot: Json): LiveState {
  const series = boundedSeries(readSeries(snapshot.series));
  const [time, values] = list(snapshot.latest);
  const history = readHistory(record(snapshot.history), series);
  const named = { ...state, series, points: joinHistory(state.points, history), overview: withoutBulk(snapshot) };
  // Where there is a history it ends with the latest whole second; the same readings once more at another instant would bend the rates.
  const ticked = isNumber(time) && history.times.length === 0 ? applyTicks(named, time, readValues(values)) : named;
  return overviewKeys.filter((key) => key in snapshot).reduce((next, key) => applyKey(next, key, snapshot[key]), ticked);
}

const overviewKeys = ['status', 'ledger', 'spool', 'breakers', 'rates', 'watchers', 'you'] as const;

/** What deltas may change; histories and events live in their own places. */
function withoutBulk(snapshot: Json): Json {
  return Object.fromEntries(overviewKeys.map((key) => [key, snapshot[key]]));
}

/** `{step_ms, until, values: {id: [..]}, rates: {name: [..]}}`: the last value of each array is the one at `until`. */
function readHistory(history: Json, series: ReadonlyMap<number, Series>): Points {
  const stepMs = number(history.step_ms, 1000);
  const until = number(history.until);
  const rates = record(history.rates);
  const named = Object.entries(record(history.values)).map(([id, values]) => [series.get(Number(id))?.key, values] as const);
  const rows = [...named, [eventRateKey, rates.events_per_s] as const, [refusedRateKey, rates.refused_per_s] as const].flatMap(([key, values]) =>
    key !== undefined && Array.isArray(values) ? [[key, values as unknown[]] as const] : [],
  );
  const length = Math.max(0, ...rows.map(([, values]) => values.length));
  const columns = rows.map(([key, values]) => {
    const padding = new Array<null>(length - values.length).fill(null);
    return [key, [...padding, ...values.map((value) => (isNumber(value) ? value : null))]] as const;
  });
  return { times: Array.from({ length }, (_, at) => until - (length - 1 - at) * stepMs), columns: new Map(columns), beats: new Map() };
}

export function addSeries(state: LiveState, named: readonly (readonly [number, Series])[]): LiveState {
  return { ...state, series: boundedSeries([...state.series, ...named]) };
}

/** Beyond the bound the page does not draw; the store has the readings all the same. */
function boundedSeries(named: readonly (readonly [number, Series])[]): ReadonlyMap<number, Series> {
  return new Map(named.slice(0, seriesMax));
}

export function applyTicks(state: LiveState, time: number, values: readonly (readonly [number, number])[]): LiveState {
  const byKey = new Map<string, number>();
  for (const [id, value] of values) {
    const series = state.series.get(id);
    if (series !== undefined) byKey.set(series.key, value);
  }
  return byKey.size === 0 ? state : { ...state, points: appendTick(state.points, time, byKey) };
}

/** Deltas change the snapshot's own JSON, then only the changed key is read anew: put, patch and remove mean the same for every key. */
export function applyOverviewChange(state: LiveState, change: Change): LiveState {
  const overview = changed(state.overview, change);
  return applyKey({ ...state, overview }, change.key, overview[change.key]);
}

function changed(overview: Json, { op, key, value }: Change): Json {
  if (op === 'remove') return Object.fromEntries(Object.entries(overview).filter(([other]) => other !== key));
  return { ...overview, [key]: op === 'patch' && isRecord(value) ? { ...record(overview[key]), ...value } : value };
}

function applyKey(state: LiveState, key: string, value: unknown): LiveState {
  switch (key) {
    case 'status':
      return { ...state, status: readStatus(value) };
    case 'ledger':
      return { ...state, ledger: readLedger(value) };
    case 'spool':
      return { ...state, spool: readSpool(value) };
    case 'breakers':
      return { ...state, breakers: readBreakers(value) };
    case 'rates':
      return applyRates(state, readRates(value));
    case 'watchers':
      return { ...state, watchers: number(value) };
    case 'you':
      return { ...state, you: readYou(value) };
    default:
      return state;
  }
}

function applyRates(state: LiveState, rates: Rates): LiveState {
  const values = new Map([
    [eventRateKey, rates.eventsPerSecond],
    [refusedRateKey, rates.refusedPerSecond],
  ]);
  const time = Math.max(state.serverTime, state.points.times.at(-1) ?? 0);
  return { ...state, rates, points: time === 0 ? state.points : appendTick(state.points, time, values) };
}
