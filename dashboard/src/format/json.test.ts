import { describe, expect, test } from 'vitest';
import { memberText, pretty, visible } from './json';

describe('laid out', () => {
  test('as a person writes it', () => {
    const value = { type: 'a{b', list: [1, { x: null }], none: {}, empty: [], quoted: 'say "hi", \\ and : ,' };

    expect(pretty(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  });

  test('numbers stay as they were written', () => {
    expect(pretty('{"big":9007199254740993,"exact":1.10,"far":1e400}')).toBe('{\n  "big": 9007199254740993,\n  "exact": 1.10,\n  "far": 1e400\n}');
  });

  test('letters are shown, what cannot be seen stays escaped', () => {
    expect(pretty(String.raw`{"a":"\u003cb\u003e \u00e9 \u0000 \u0022 \\u0041 \u202e"}`)).toBe(String.raw`{
  "a": "<b> é \u0000 \u0022 \\u0041 \u202e"
}`);
  });

  test('a large text is no burden', () => {
    const json = JSON.stringify({ text: 'x\\"'.repeat(100_000) });

    expect(JSON.parse(pretty(json))).toEqual(JSON.parse(json));
  });
});

describe('one member', () => {
  const json = '{"id":1, "inner":{"payload":"wrong"},"payload":{"n":9007199254740993,"payload":[1,2]},"text":"payload"}';

  test('comes as it was sent', () => {
    expect(memberText(json, 'payload')).toBe('{"n":9007199254740993,"payload":[1,2]}');
    expect(memberText(json, 'text')).toBe('"payload"');
    expect(memberText(json, 'id')).toBe('1');
  });

  test('is nothing when it is not there', () => {
    expect(memberText(json, 'n')).toBe('');
    expect(memberText('', 'n')).toBe('');
  });
});

test('control characters can be seen', () => {
  expect(visible('till.opened\u0000\n')).toBe(String.raw`till.opened\u0000\u000a`);
});
