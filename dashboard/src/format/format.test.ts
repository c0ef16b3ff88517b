import { describe, expect, test } from 'vitest';
import { curlGet } from './curl';
import { bytes, count, counted, percent, short } from './numbers';
import { clockTime, duration, relative } from './time';

describe('numbers', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [5.3 * 1024 ** 3, '5.3 GiB'],
    [200 * 1024 ** 2, '200 MiB'],
  ])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

  test.each([
    [0, '0'],
    [0.42, '0.42'],
    [4.25, '4.3'],
    [42.4, '42'],
    [4200, '4,200'],
  ])('%d in short is %s', (value, text) => expect(short(value)).toBe(text));

  test.each([
    [0, '0 %'],
    [0.042, '4.2 %'],
    [0.5, '50 %'],
    [1, '100 %'],
  ])('a share of %d is %s', (value, text) => expect(percent(value)).toBe(text));

  test.each([0, 7, 999, 1000, 12_345, 999_999.5, 0.5, -0.5, -1234.5, 123_456_789_012_345, NaN])('%d is written as the browser writes it', (value) =>
    expect(count(value)).toBe(new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(value)),
  );

  test('less than half of minus one is no minus', () => expect(count(-0.4)).toBe('0'));

  test('counts have separators and nouns', () => {
    expect(count(1_234_567)).toBe('1,234,567');
    expect(counted(1, 'row')).toBe('1 row');
    expect(counted(2, 'row')).toBe('2 rows');
  });
});

describe('time', () => {
  test.each([
    [850, '850 ms'],
    [4200, '4 s'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [97 * 3_600_000, '4 d 1 h'],
    [-5, '0 ms'],
  ])('%d ms are %s', (value, text) => expect(duration(value)).toBe(text));

  test('relative times look both ways', () => {
    expect(relative(1000, 1500)).toBe('just now');
    expect(relative(0, 90_000)).toBe('1 min ago');
    expect(relative(3000, 0)).toBe('in 3 s');
  });

  test('the date stands before the time when it is not today', () => {
    const instant = new Date(2025, 0, 2, 3, 4, 5).getTime();

    expect(clockTime(instant, instant)).toBe('03:04:05');
    expect(clockTime(instant, instant + 86_400_000)).toBe('01-02 03:04:05');
  });
});

test('a command for the shell survives quotes', () => {
  expect(curlGet(new URL("http://h/api/events?text=it's"))).toBe(`curl -s 'http://h/api/events?text=it%27s'`);
});
