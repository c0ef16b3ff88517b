import { expect, test } from 'vitest';
import type { EventItem } from '../../state/model';
import { readEvents } from '../../wire/events';
import { ordered, tell, toldMax } from './told';

let number = 0;

const event = (type: string, second: number, data: object, source = 'assistant'): EventItem =>
  readEvents([{ event_id: crypto.randomUUID(), event_type: type, source, timestamp: new Date(second * 1000).toISOString(), received_at: new Date(second * 1000).toISOString(), category: 'user_activity', epoch: 'e', sequence_id: ++number, data, metadata: {} }])[0]!;

const metrics = (second: number, id: string, used: number): EventItem => event('session_metrics', second, { session_id: id, current_model: 'large', conversation_length: second, context_tokens_used: used, context_tokens_max: 1000 });

test('a session is what its events say, in whatever order they come', () => {
  const events = [event('session_start', 1, { session_id: 'a', current_model: 'small' }), metrics(2, 'a', 100), metrics(3, 'a', 900), event('session_end', 4, { session_id: 'a' })];
  const forwards = tell(new Map(), events).get('a');
  const backwards = [...events].reverse().reduce((known, one) => tell(known, [one]), tell(new Map(), [])).get('a');

  expect(forwards).toEqual({ id: 'a', source: 'assistant', model: 'large', messages: 3, tokens: 900, tokensMax: 1000, startedAt: 1000, endedAt: 4000, at: 4000 });
  expect(backwards).toEqual({ ...forwards, model: 'large' });
  expect(tell(new Map([['a', forwards!]]), events).get('a')).toEqual(forwards);
});

test('one that goes on after its end has not ended', () => {
  const sessions = tell(new Map(), [event('session_end', 4, { session_id: 'a' }), metrics(5, 'a', 10)]);

  expect(sessions.get('a')?.endedAt).toBeNull();
});

test('the fullest stands first, and what has ended last', () => {
  const sessions = tell(new Map(), [metrics(1, 'low', 10), metrics(1, 'full', 990), metrics(1, 'over', 995), event('session_end', 2, { session_id: 'over' })]);

  expect(ordered(sessions).map(({ id }) => id)).toEqual(['full', 'low', 'over']);
});

test('other events, and those without a session, change nothing', () => {
  const known = tell(new Map(), [metrics(1, 'a', 10)]);

  expect(tell(known, [event('order.placed', 2, { session_id: 'a' })])).toBe(known);
  expect([...tell(known, [event('session_metrics', 2, { context_tokens_used: '5' })]).keys()]).toEqual(['a']);
});

test('of too many those told of the longest ago leave', () => {
  const sessions = tell(new Map(), Array.from({ length: toldMax + 5 }, (_, at) => metrics(at, `s${at}`, 1)));

  expect(sessions.size).toBe(toldMax);
  expect(sessions.has('s4')).toBe(false);
  expect(sessions.has('s5')).toBe(true);
});
