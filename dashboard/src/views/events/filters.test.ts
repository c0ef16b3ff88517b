import { expect, test } from 'vitest';
import { event } from '../../support/samples';
import { choices, emptyFilters, isFiltering, matches } from './filters';
import type { EventFilters } from './filters';

const failed = event(1, { event_type: 'order.failed', source: 'shop', category: 'critical', data: { reason: 'Card DECLINED' }, metadata: { trace: 'abc' } });
const passes = (filters: Partial<EventFilters>): boolean => matches(failed, { ...emptyFilters, ...filters });

test('no filter passes everything', () => {
  expect(passes({})).toBe(true);
  expect(isFiltering(emptyFilters)).toBe(false);
});

test('type, source and category are compared whole', () => {
  expect(passes({ event_type: 'order.failed', source: 'shop', category: 'critical' })).toBe(true);
  expect(passes({ event_type: 'order' })).toBe(false);
  expect(passes({ source: 'sho' })).toBe(false);
  expect(passes({ category: 'debug' })).toBe(false);
});

test('text is found in type, source, data and metadata, whatever its case', () => {
  for (const text of ['declined', 'ORDER.F', 'abc', 'shop']) expect(passes({ text })).toBe(true);
  expect(passes({ text: 'approved' })).toBe(false);
});

test('all filters must pass', () => {
  expect(passes({ source: 'shop', text: 'approved' })).toBe(false);
});

test('choices are each offered once, in order', () => {
  expect(choices([failed, event(2), event(3)], ({ eventType }) => eventType)).toEqual(['order.created', 'order.failed']);
});
