import { expect, test } from 'vitest';
import { emptyFilters } from '../views/events/filters';
import { formatRoute, overview, parseRoute } from './route';

test('a view survives the way through an address', () => {
  const route = { screen: 'events', filters: { ...emptyFilters, event_type: 'order.failed', text: 'a&b=c #?' } } as const;

  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('the overview has the short address', () => {
  expect(formatRoute(overview)).toBe('#/');
  expect(parseRoute('')).toEqual(overview);
});

test('what is not understood means the overview', () => {
  expect(parseRoute('#/no-such-screen?x=1')).toEqual(overview);
});
