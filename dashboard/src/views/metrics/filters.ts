/** Named as in the address. */
export const metricFilterNames = ['text', 'range'] as const;

export type MetricFilters = Readonly<Record<(typeof metricFilterNames)[number], string>>;

export const emptyMetricFilters: MetricFilters = { text: '', range: '' };

/** How far back, in minutes, by the word in the address; the first is the default. */
export const ranges = { '1h': 60, '15m': 15, '6h': 360, '24h': 1440, '7d': 10_080, '30d': 43_200 } as const;

export type Range = keyof typeof ranges;

export const rangeOf = ({ range }: MetricFilters): Range => (range in ranges ? (range as Range) : '1h');
