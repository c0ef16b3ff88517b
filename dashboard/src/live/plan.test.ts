import { expect, test } from 'vitest';
import { planOf, usualPlan } from './plan';

test('without flags everything is as usual', () => {
  expect(planOf(new Map())).toEqual(usualPlan);
});

test('flags choose the source, both at once, and what may be used', () => {
  const flags = new Map<string, unknown>([
    ['dashboard.transport', 'realtime'],
    ['dashboard.dual_mode', true],
    ['dashboard.websocket_enabled', false],
  ]);

  expect(planOf(flags)).toEqual({ preferred: 'realtime', dual: true, allowed: { websocket: false, realtime: true } });
});

test('a page is never left without any source', () => {
  const flags = new Map<string, unknown>([
    ['dashboard.websocket_enabled', false],
    ['dashboard.realtime_enabled', false],
    ['dashboard.transport', 17],
  ]);

  expect(planOf(flags)).toEqual({ preferred: 'websocket', dual: false, allowed: { websocket: true, realtime: false } });
});
