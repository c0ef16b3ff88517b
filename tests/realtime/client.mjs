// Plays a scene against a real server with the official client: node client.mjs <address of the server> <vsn> <scene> [JSON with what the scene needs]
// Prints what the application saw, a JSON object a line, for the test to judge; the last line is the result.
import { RealtimeClient } from '@supabase/realtime-js';
import WebSocket from 'ws';

const [address, vsn, scene, given] = process.argv.slice(2);
const base = new URL(address).origin;
const wants = JSON.parse(given ?? '{}');
const say = (value) => console.log(JSON.stringify(value));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What a browser has, and Node 20 has not. Nothing of the client is replaced.
function connect(options = {}) {
  return new RealtimeClient(`${base.replace(/^http/, 'ws')}/realtime/v1`, {
    transport: WebSocket,
    params: { apikey: wants.key ?? 'anything' },
    vsn,
    heartbeatIntervalMs: 1_000,
    reconnectAfterMs: () => 200,
    logger: () => {},
    ...options,
  });
}

async function until(holds, what) {
  // The client itself waits up to ten seconds between two tries.
  const end = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`gave up waiting for ${what}`);
    await sleep(2);
  }
}

// Resolves with the first state that is not a hope: SUBSCRIBED, CHANNEL_ERROR, TIMED_OUT.
function subscribe(channel, states = []) {
  return new Promise((resolve) =>
    channel.subscribe((state, error) => {
      states.push({ state, error: error?.message });
      resolve({ state, error: error?.message });
    }),
  );
}

async function subscribed(channel, states) {
  const first = await subscribe(channel, states);
  if (first.state !== 'SUBSCRIBED') throw new Error(`${channel.topic}: ${JSON.stringify(first)}`);
}

async function post(events) {
  const headers = { 'content-type': 'application/json', ...(wants.key ? { authorization: `Bearer ${wants.key}` } : {}) };
  const answer = await fetch(`${base}/api/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
}

const scenes = {
  async changes() {
    const rows = { equal: [], greater: [], other: [], columns: [] };
    const system = [];
    const table = { schema: 'monitoring', table: 'monitoring_events' };
    const channel = connect()
      .channel('metrics')
      .on('postgres_changes', { event: 'INSERT', ...table, filter: 'event_type=eq.rows.wanted' }, (row) => rows.equal.push(row))
      .on('postgres_changes', { event: '*', ...table, filter: 'event_type=in.("rows.wanted","rows.also"),category=neq.debug' }, (row) => rows.greater.push(row))
      .on('postgres_changes', { event: 'UPDATE', ...table }, (row) => rows.other.push(row))
      .on('postgres_changes', { event: '*', ...table, filter: 'event_type=like.rows.%', select: ['event_type'] }, (row) => rows.columns.push(row))
      .on('system', {}, (message) => system.push(message));
    await subscribed(channel);
    await until(() => system.length > 0, 'the system message');
    await post([
      { event_type: 'rows.wanted', data: { n: 1, when: 'é🚀' }, timestamp: '2026-11-22T12:00:00.123456Z' },
      { event_type: 'rows.also', data: {}, category: 'debug' },
      { event_type: 'rows.also', data: {}, category: 'system' },
      { event_type: 'nothing.of.it', data: {} },
    ]);
    await until(() => rows.columns.length === 3, 'the rows');
    return { rows, system };
  },

  async broadcast() {
    const heard = { self: [], other: [], quiet: [] };
    const config = { broadcast: { self: true, ack: true } };
    const one = connect().channel('room', { config }).on('broadcast', { event: '*' }, (message) => heard.self.push(message));
    const two = connect().channel('room').on('broadcast', { event: 'tick' }, (message) => heard.other.push(message));
    const three = connect().channel('another').on('broadcast', { event: '*' }, (message) => heard.quiet.push(message));
    for (const channel of [one, two, three]) await subscribed(channel);
    const answers = [await one.send({ type: 'broadcast', event: 'tick', payload: { v: 1, text: 'é🚀' } }), await one.send({ type: 'broadcast', event: 'tock', payload: {} })];
    answers.push(await two.send({ type: 'broadcast', event: 'tick', payload: { v: 2 } }));
    await until(() => heard.self.length === 3 && heard.other.length === 1, 'the messages');
    return { answers, heard };
  },

  async bytes() {
    const heard = [];
    const [one, two] = [connect(), connect()].map((client) => client.channel('bytes', { config: { broadcast: { ack: true } } }));
    two.on('broadcast', { event: 'raw' }, (message) => heard.push([...new Uint8Array(message.payload)]));
    await subscribed(one);
    await subscribed(two);
    const answer = await one.send({ type: 'broadcast', event: 'raw', payload: new Uint8Array([0xca, 0xfe]).buffer });
    await one.httpSend('raw', new Uint8Array([1, 2, 3]));
    await until(() => heard.length === 2, 'the bytes');
    return { answer, heard };
  },

  async presence() {
    const joins = [];
    const leaves = [];
    const watcher = connect().channel('lobby', { config: { presence: { key: 'watcher' } } });
    watcher.on('presence', { event: 'join' }, ({ key }) => joins.push(key)).on('presence', { event: 'leave' }, ({ key }) => leaves.push(key));
    await subscribed(watcher);
    const guestClient = connect();
    const guest = guestClient.channel('lobby', { config: { presence: { key: 'guest', enabled: true } } });
    await subscribed(guest);
    const answers = [await guest.track({ view: 'overview' }), await watcher.track({ view: 'retries' })];
    await until(() => Object.keys(watcher.presenceState()).length === 2 && Object.keys(guest.presenceState()).length === 2, 'both to be present');
    const state = watcher.presenceState();
    await guest.track({ view: 'flags' });
    await until(() => watcher.presenceState().guest?.[0]?.view === 'flags', 'the changed view');
    guestClient.disconnect();
    await until(() => leaves.includes('guest') && Object.keys(watcher.presenceState()).length === 1, 'the guest to leave');
    return { answers, state, joins, leaves };
  },

  async http() {
    const heard = [];
    const listener = connect().channel('http room').on('broadcast', { event: '*' }, (message) => heard.push(message));
    await subscribed(listener);
    const sender = connect().channel('http room');
    const sent = await sender.httpSend('by/name', { v: 1 });
    const fallback = await sender.send({ type: 'broadcast', event: 'fallback', payload: { v: 2 } });
    await until(() => heard.length === 2, 'the messages');
    return { sent, fallback, heard };
  },

  async replay() {
    const replayed = [];
    const sender = connect().channel(`kept ${vsn}`, { config: { private: true, broadcast: { ack: true } } });
    await subscribed(sender);
    const since = Date.now() - 60_000;
    const answer = vsn === '2.0.0' ? await sender.send({ type: 'broadcast', event: 'tick', payload: { v: 1 }, persist: true }) : 'ok';
    await sender.httpSend('tick', { v: 2 }, { persist: true });
    const late = connect().channel(`kept ${vsn}`, { config: { private: true, broadcast: { replay: { since, limit: 10 } } } });
    late.on('broadcast', { event: 'tick' }, (message) => replayed.push(message));
    await subscribed(late);
    await until(() => replayed.length === (vsn === '2.0.0' ? 2 : 1), 'what was kept');
    return { answer, replayed };
  },

  async many() {
    const client = connect();
    const heard = new Set();
    const channels = Array.from({ length: 100 }, (_, i) => client.channel(`many ${i}`).on('broadcast', { event: 'x' }, () => heard.add(i)));
    const states = await Promise.all(channels.map((channel) => subscribe(channel)));
    const beyond = await subscribe(client.channel('one too many'));
    await Promise.all(channels.map((channel) => channel.httpSend('x', {})));
    await until(() => heard.size === 100, 'a message in each');
    return { joined: states.filter(({ state }) => state === 'SUBSCRIBED').length, heard: heard.size, beyond };
  },

  async refused() {
    const channel = connect().channel('room');
    const first = await subscribe(channel);
    const ping = await fetch(`${base}/realtime/v1/api/ping?apikey=${wants.key}`, { headers: { apikey: wants.key } });
    const sent = await channel.httpSend('x', {}).then(() => 'sent', (error) => error.message);
    return { first, ping: { status: ping.status, body: await ping.json() }, sent };
  },

  // The first token ends soon; in time comes another, then one that is let end.
  async token() {
    let token = wants.short;
    const client = connect({ accessToken: async () => token });
    const states = [];
    const heard = [];
    const channel = client.channel('secured').on('broadcast', { event: '*' }, ({ event }) => heard.push(event));
    await subscribed(channel, states);
    token = wants.long;
    await client.setAuth();
    await sleep(wants.shortLastsMs + 500);
    const afterFirst = states.map(({ state }) => state);
    await fetch(`${base}/realtime/v1/api/broadcast/secured/events/refreshed`, { method: 'POST', headers: { apikey: wants.key, 'content-type': 'application/json' }, body: '{}' });
    await until(() => heard.includes('refreshed'), 'a message after the refresh');

    // Whoever says nothing in time loses the channel, and comes back with the token of then.
    const other = client.channel('secured too');
    const otherStates = [];
    token = wants.ending;
    await client.setAuth();
    await subscribe(other, otherStates);
    await until(() => otherStates.some(({ state }) => state === 'CHANNEL_ERROR'), 'the token to end');
    token = wants.long;
    await until(() => otherStates.at(-1).state === 'SUBSCRIBED', 'the channel to come back');
    return { afterFirst, otherStates };
  },

  async revoked() {
    const states = [];
    const system = [];
    const client = connect();
    await client.setAuth(wants.token);
    const channel = client.channel('secured').on('system', {}, (message) => system.push(message.message));
    await subscribed(channel, states);
    say({ ready: true });
    await until(() => states.filter(({ state }) => state === 'CHANNEL_ERROR').length >= 2, 'the refusal');
    return { states, system };
  },

  async restart() {
    const states = [];
    const rows = [];
    const sequences = [];
    const gaps = [];
    const client = connect();
    const room = client.channel('room').on('postgres_changes', { event: 'INSERT', schema: 'monitoring', table: 'monitoring_events' }, (row) => rows.push(row.new.event_type));
    await subscribed(room, states);
    const live = client.channel('holdfast:live').on('broadcast', { event: 'frame' }, ({ payload: { frame } }) => {
      if (frame[0] === 'e') {
        sequences.push(...frame[2].map((event) => event.sequence_id));
        // The cursor goes with the next join, which the client makes by itself.
        live.updateJoinPayload({ since: frame[1] });
      }
      if (frame[0] === 'g') gaps.push(frame[1]);
      if (frame[0] === 'b') say({ bye: frame[1] });
    });
    await subscribed(live);
    await post([{ event_type: 'restart.before', data: {} }]);
    await until(() => rows.length === 1 && sequences.length === 1, 'the first event');
    say({ ready: true });
    await until(() => sequences.length >= wants.events, 'what happened meanwhile');
    await until(() => states.filter(({ state }) => state === 'SUBSCRIBED').length === 2, 'the room to be joined again');
    await post([{ event_type: 'restart.after', data: {} }]);
    await until(() => rows.includes('restart.after'), 'a row after the restart');
    await until(() => sequences.length > wants.events, 'an event after the restart');
    return { states, rows, sequences, gaps };
  },

  // Changes between /live and the live topic, each time before the old one is closed, while events keep coming.
  async switches() {
    const seen = new Set();
    const gaps = [];
    let cursor = null;
    let posted = 0;
    let running = true;
    const take = (frame) => {
      if (frame[0] === 'h') cursor ??= frame[1].cursor;
      if (frame[0] === 'g') gaps.push(frame[1]);
      if (frame[0] === 'e') {
        for (const event of frame[2]) seen.add(event.sequence_id);
        cursor = frame[1];
      }
    };
    const overSocket = async () => {
      const socket = new WebSocket(`${base.replace(/^http/, 'ws')}/live${cursor ? `?since=${cursor}` : ''}`);
      let first;
      const begun = new Promise((resolve) => (first = resolve));
      socket.on('message', (text) => {
        take(JSON.parse(text));
        first();
      });
      await begun;
      return () => socket.close();
    };
    const overRealtime = async () => {
      const client = connect();
      let first;
      const begun = new Promise((resolve) => (first = resolve));
      const channel = client.channel('holdfast:live').on('broadcast', { event: 'frame' }, ({ payload }) => {
        take(payload.frame);
        first();
      });
      if (cursor) channel.updateJoinPayload({ since: cursor });
      await subscribed(channel);
      await begun;
      return () => client.disconnect();
    };
    let close = await overSocket();
    const writing = (async () => {
      while (running) {
        await post([{ event_type: 'switch.tried', data: { n: ++posted } }]);
        await sleep(1);
      }
    })();
    for (let i = 0; i < wants.switches; i++) {
      const closeNew = await (i % 2 === 0 ? overRealtime() : overSocket());
      close();
      close = closeNew;
    }
    running = false;
    await writing;
    await until(() => seen.size >= posted, 'all events');
    const numbers = [...seen].sort((a, b) => a - b);
    const holes = numbers.filter((number, i) => i > 0 && number !== numbers[i - 1] + 1).length;
    return { posted, seen: seen.size, holes, gaps: gaps.length };
  },
};

try {
  say(await scenes[scene]());
  process.exit(0);
} catch (fault) {
  console.error(fault.stack);
  process.exit(1);
}
