import { expect, test } from 'vitest';
import { formatRoute, overview, parseRoute } from './route';
import type { Route } from './route';

test('a view survives the way through an address', () => {
  const route: Route = { ...overview, screen: 'events', filters: { ...overview.filters, event_type: 'order.failed', text: 'a&b=c #?' } };

  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('so does a dead letter that is open', () => {
  const route: Route = { ...overview, screen: 'dead-letters', letters: { ...overview.letters, status: 'failed', text: 'NUL' }, letter: '17' };

  expect(formatRoute(route)).toBe('#/dead-letters?text=NUL&status=failed&letter=17');
  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('so do the filters of the audit', () => {
  const route: Route = { ...overview, screen: 'audit', audit: { actor: 'ann', action: '', target: 'database' } };

  expect(formatRoute(route)).toBe('#/audit?actor=ann&target=database');
  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('so do the filters of the health', () => {
  const route: Route = { ...overview, screen: 'health', health: { check: 'storage', kind: 'recovery' } };

  expect(formatRoute(route)).toBe('#/health?check=storage&kind=recovery');
  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('so does a flag that is open', () => {
  const route: Route = { ...overview, screen: 'flags', flags: { text: 'batch', origin: 'environment', changed: 'yes' }, flag: 'MONITORING_BATCH_SIZE' };

  expect(formatRoute(route)).toBe('#/flags?text=batch&origin=environment&changed=yes&flag=MONITORING_BATCH_SIZE');
  expect(parseRoute(formatRoute(route))).toEqual(route);
});

test('a letter is a number', () => {
  expect(parseRoute('#/dead-letters?letter=../audit').letter).toBe('');
});

test('an address has only what its screen shows', () => {
  expect(formatRoute({ ...overview, screen: 'events', letters: { ...overview.letters, status: 'failed' }, letter: '17' })).toBe('#/events');
});

test('the overview has the short address', () => {
  expect(formatRoute(overview)).toBe('#/');
  expect(parseRoute('')).toEqual(overview);
});

test('what is not understood means the overview', () => {
  expect(parseRoute('#/no-such-screen?x=1')).toEqual(overview);
});
