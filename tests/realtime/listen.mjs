// The code of docs/recipes/realtime.md: node listen.mjs http://127.0.0.1:8080
// Prints what it hears, and when the live topic has told something.
import { post, server, until } from './surroundings.mjs';
import { RealtimeClient } from '@supabase/realtime-js';

const client = new RealtimeClient(`${server}/realtime/v1`, {
  params: { apikey: 'hf_...' },   // anything, as long as there are no keys
  heartbeatIntervalMs: 5000,      // a connection that is half open is noticed by it; the default is 25 s
});

client
  .channel('orders')
  .on('postgres_changes', { event: 'INSERT', schema: 'monitoring', table: 'monitoring_events', filter: 'event_type=eq.order.failed' },
    ({ new: row }) => console.log(row.sequence_id, row.data))
  .on('broadcast', { event: 'cursor' }, ({ payload }) => console.log(payload))
  .subscribe((state, error) => console.log(state, error?.message));

let cursor = null;
const live = client.channel('holdfast:live').on('broadcast', { event: 'frame' }, ({ payload: { frame } }) => {
  if (frame[0] === 'h') cursor ??= frame[1].cursor;
  if (frame[0] === 'e') cursor = frame[1];
  live.updateJoinPayload({ since: cursor });   // goes with the next join, which the client makes by itself
});
live.subscribe();

await until(() => cursor !== null && client.getChannels().every((channel) => channel.state === 'joined'));
const before = cursor;
await post('/realtime/v1/api/broadcast', { messages: [{ topic: 'orders', event: 'cursor', payload: { x: 17 } }] });
await post('/api/events', { event_type: 'order.failed', data: { order: 17 } });
await until(() => cursor !== before);
console.log('live');
