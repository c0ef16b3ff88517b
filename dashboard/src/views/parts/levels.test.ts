import { expect, test } from 'vitest';
import { levelOfComponent, levelOfRoom } from './levels';

test.each([
  ['ready', 'ok'],
  ['degraded', 'warn'],
  ['failed', 'bad'],
  ['a word of a newer server', 'unknown'],
])('a component that is %s is %s', (status, level) => expect(levelOfComponent(status)).toBe(level));

test.each([
  ['joined', 'ok'],
  ['waiting', 'warn'],
  ['disconnected', 'unknown'],
])('a room that is %s is %s', (state, level) => expect(levelOfRoom(state)).toBe(level));
