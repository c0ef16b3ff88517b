import { isNumber, list, number, record, text } from './read';

/** A stored series over a time: its points, the oldest first. */
export interface StoredSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: string;
  readonly kind: 'counter' | 'gauge';
  readonly stepSeconds: number;
  readonly points: readonly (readonly [number, number | null])[];
}

export function readStoredSeries(value: unknown): readonly StoredSeries[] {
  return list(value).map((item) => {
    const wire = record(item);
    return {
      name: text(wire.name),
      labels: Object.fromEntries(Object.entries(record(wire.labels)).map(([key, label]) => [key, text(label)])),
      unit: text(wire.unit),
      kind: wire.kind === 'counter' ? 'counter' : 'gauge',
      stepSeconds: number(wire.step_seconds),
      points: list(wire.points).map((point) => {
        const [at, of] = list(point);
        return [number(at), isNumber(of) ? of : null] as const;
      }),
    };
  });
}
