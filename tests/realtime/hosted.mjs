// The code of docs/recipes/broadcasting.md: node hosted.mjs http://127.0.0.1:8081, the place of the project.
// Says when it listens, and ends with the first events.
import { server as project, until } from './surroundings.mjs';
import { RealtimeClient } from '@supabase/realtime-js';

const anonKey = 'any';
let events = null;
const show = (frame) => (events ??= frame[0] === 'e' ? frame[2] : null);

const channel = new RealtimeClient(`${project}/realtime/v1`, { params: { apikey: anonKey } })
  .channel('holdfast')
  .on('broadcast', { event: 'frames' }, ({ payload }) => payload.frames.forEach(show))
  .subscribe();

await until(() => channel.state === 'joined');
console.log('listening');
await until(() => events !== null);
console.log(events.map((event) => event.event_type).join());
process.exit(0);
