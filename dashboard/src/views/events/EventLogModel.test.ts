import { signal } from '@preact/signals';
import { beforeEach, describe, expect, test } from 'vitest';
import type { EventPage } from '../../api/events';
import type { EventItem } from '../../state/model';
import { event } from '../../support/samples';
import { EventLogModel } from './EventLogModel';
import { emptyFilters } from './filters';

const live = signal<readonly EventItem[]>([]);
const filters = signal(emptyFilters);
let asked: URL[];
let pages: (EventPage | Error)[];
let log: EventLogModel;

const events = (...numbers: number[]): EventItem[] => numbers.map((number) => event(number));
const shown = (): number[] => log.shown.value.map(({ sequenceId }) => sequenceId);

beforeEach(() => {
  live.value = events(5, 4, 3);
  filters.value = emptyFilters;
  asked = [];
  pages = [];
  log = new EventLogModel(
    live,
    filters,
    (url) => {
      asked.push(url);
      const page = pages.shift()!;
      return page instanceof Error ? Promise.reject(page) : Promise.resolve(page);
    },
    'http://holdfast.test/base/',
  );
});

describe('while someone reads', () => {
  test('rows stand still and what comes is counted', () => {
    log.pause('pointer');
    live.value = events(7, 6, 5, 4, 3);

    expect(shown()).toEqual([5, 4, 3]);
    expect(log.waiting.value).toBe(2);
  });

  test('rows go on when the last reason is gone', () => {
    log.pause('pointer');
    log.pause('away');
    live.value = events(6, 5, 4, 3);
    log.release('pointer');
    expect(shown()).toEqual([5, 4, 3]);

    log.release('away');
    expect(shown()).toEqual([6, 5, 4, 3]);
    expect(log.waiting.value).toBe(0);
  });

  test('rows go on when someone asks, whatever reasons remain', () => {
    log.pause('away');
    live.value = events(6, 5, 4, 3);
    log.resume();

    expect(shown()).toEqual([6, 5, 4, 3]);
  });

  test('a list that stood still while empty counts everything', () => {
    live.value = [];
    log.pause('focus');
    live.value = events(1);

    expect(log.waiting.value).toBe(1);
  });

  test('a filter works on what there is now', () => {
    log.pause('focus');
    live.value = [event(6, { event_type: 'order.failed' }), ...events(5, 4, 3)];
    filters.value = { ...emptyFilters, event_type: 'order.failed' };

    expect(shown()).toEqual([6]);
  });
});

describe('older events', () => {
  test('are asked from the edge of the live ones, with the filter, and stand below once', async () => {
    filters.value = { ...emptyFilters, source: 'shop' };
    pages = [{ items: events(3, 2, 1), nextCursor: null }];
    await log.more();

    expect(asked[0]?.pathname).toBe('/base/api/events');
    expect(Object.fromEntries(asked[0]!.searchParams)).toEqual({ source: 'shop', until: '2025-01-01T00:00:00.001Z', limit: '50' });
    expect(shown()).toEqual([5, 4, 3, 2, 1]);
    expect(log.olderState.value).toBe('end');
  });

  test('go on at the cursor', async () => {
    pages = [
      { items: events(2), nextCursor: 'p2' },
      { items: events(1), nextCursor: null },
    ];
    await log.more();
    await log.more();

    expect(asked[1]?.searchParams.get('cursor')).toBe('p2');
    expect(asked[1]?.searchParams.has('until')).toBe(false);
    expect(shown()).toEqual([5, 4, 3, 2, 1]);
  });

  test('that cannot be read say why, and can be asked again', async () => {
    pages = [new Error('The store is away.'), { items: events(2), nextCursor: null }];
    await log.more();
    expect(log.olderState.value).toEqual({ fault: 'The store is away.' });

    await log.more();
    expect(shown()).toEqual([5, 4, 3, 2]);
  });

  test('of another filter leave', async () => {
    pages = [{ items: events(2, 1), nextCursor: null }];
    await log.more();
    filters.value = { ...emptyFilters, text: 'order' };

    expect(shown()).toEqual([5, 4, 3]);
    expect(log.olderState.value).toBe('ready');
  });

  test('take in what leaves the live list, so that there is no hole', async () => {
    pages = [{ items: events(2), nextCursor: null }];
    await log.more();
    live.value = events(7, 6, 5);

    expect(shown()).toEqual([7, 6, 5, 4, 3, 2]);
  });

  test('drawn rows grow before the store is asked', async () => {
    live.value = events(...Array.from({ length: 250 }, (_, at) => 300 - at));
    expect(shown()).toHaveLength(100);

    await log.more();
    expect(shown()).toHaveLength(200);
    expect(asked).toEqual([]);
  });
});
