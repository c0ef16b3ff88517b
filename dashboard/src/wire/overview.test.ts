import { expect, test } from 'vitest';
import { readStatus } from './overview';

test('adapters that the server says are not healthy are known by name', () => {
  const adapters = [{ name: 'websocket', healthy: true }, { name: 'realtime', healthy: false }, { name: 'supabase', healthy: false }, 7];

  expect(readStatus({ broadcast: { mode: 'dual', adapters } }).unhealthyAdapters).toEqual(['realtime', 'supabase']);
  expect(readStatus({}).unhealthyAdapters).toEqual([]);
});
