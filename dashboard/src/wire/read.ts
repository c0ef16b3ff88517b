// Reading what came over the wire: a missing or misshapen value becomes a harmless one, never an exception in the middle of a page.

export type Json = Record<string, unknown>;

export const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

export const record = (value: unknown): Json => (isRecord(value) ? value : {});

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise);

export const number = (value: unknown, otherwise = 0): number => (isNumber(value) ? value : otherwise);

export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const texts = (value: unknown): readonly string[] => list(value).filter((item) => typeof item === 'string');

/** One of a closed set of words; anything else is the first of them. */
export function oneOf<T extends string>(words: readonly [T, ...T[]], value: unknown): T {
  return words.find((word) => word === value) ?? words[0];
}

/** RFC 3339 as unix milliseconds; a moment that cannot be read is none. */
export function instant(value: unknown): number | null {
  const milliseconds = Date.parse(text(value));
  return Number.isNaN(milliseconds) ? null : milliseconds;
}
