import { number, record, text } from './read';
import type { Json } from './read';

/** A document that the person keeps. */
export interface Kept {
  readonly key: string;
  readonly version: number;
  readonly value: Json;
}

export function readKept(value: unknown): Kept {
  const wire = record(value);
  return { key: text(wire.key), version: number(wire.version), value: record(wire.value) };
}
