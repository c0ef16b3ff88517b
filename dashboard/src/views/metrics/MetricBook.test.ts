import { expect, test } from 'vitest';
import { ApiFault } from '../../api/request';
import type { SeriesQuestion } from '../../api/series';
import { readStoredSeries } from '../../wire/series';
import { MetricBook } from './MetricBook';

function book(kinds: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const read = async ({ name, aggregation }: SeriesQuestion) => {
    asked.push(`${name} ${aggregation}`);
    if (kinds[name] === 'away') throw new ApiFault(503, 'away', '');
    if (!(name in kinds)) throw new ApiFault(400, 'no such name', '');
    return readStoredSeries([{ name, kind: kinds[name], points: [[0, 1]] }]);
  };
  return { asked, charts: new MetricBook({ read }) };
}

test('what only grows is asked for as a rate, and from then on at once', async () => {
  const { asked, charts } = book({ requests: 'counter', memory: 'gauge' });

  await charts.load(['requests', 'memory'], 60, 0);
  await charts.load(['requests'], 60, 0);

  expect(asked).toEqual(['requests avg', 'requests rate', 'memory avg', 'requests rate']);
});

test('one that cannot be read keeps no other from being shown', async () => {
  const { charts } = book({ memory: 'gauge' });

  await charts.load(['lost', 'memory'], 60, 0);

  expect(charts.charts.value.get('lost')).toBeInstanceOf(ApiFault);
  expect(charts.charts.value.get('memory')).toMatchObject({ left: 0 });
});

test('when the store is away that is said once, what was read before stays, and nothing more is asked', async () => {
  const kinds: Record<string, string> = { memory: 'gauge', threads: 'gauge' };
  const { asked, charts } = book(kinds);
  await charts.load(['memory', 'threads'], 60, 0);
  kinds.memory = 'away';

  await charts.load(['memory', 'threads'], 60, 0);

  expect(charts.fault.value?.message).toBe('away');
  expect(charts.charts.value.get('memory')).toMatchObject({ left: 0 });
  expect(asked).toEqual(['memory avg', 'threads avg', 'memory avg']);
  kinds.memory = 'gauge';
  await charts.load(['memory', 'threads'], 60, 0);
  expect(charts.fault.value).toBeNull();
});
