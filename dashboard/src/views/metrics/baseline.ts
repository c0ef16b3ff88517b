import { ApiFault } from '../../api/request';
import type { Kept } from '../../wire/preferences';
import { isNumber, number, record } from '../../wire/read';
import type { Json } from '../../wire/read';
import type { Shown } from './MetricBook';

/** The document of it. */
export const baselineKey = 'baseline.metrics';

/** From here on a difference is worth a look. */
const notableShare = 0.2;

/** What was usual at a time: the mean of each line of some charts. */
export interface Baseline {
  readonly takenAt: number;
  readonly means: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What one line is against the baseline. */
export interface Difference {
  readonly label: string;
  /** Of the baseline; null where that was zero and the line is not. */
  readonly share: number | null;
  readonly isNotable: boolean;
}

/** What is on the screen as the baseline; charts that are not there yet are not in it. */
export function baselineOf(charts: ReadonlyMap<string, Shown>, takenAt: number): Json {
  const means = Object.fromEntries([...charts].map(([name, shown]) => [name, meansOf(shown)] as const).filter(([, of]) => Object.keys(of).length > 0));
  return { taken_at: takenAt, means };
}

export function readBaseline(kept: Kept | undefined): Baseline | null {
  if (kept === undefined) return null;
  const means = Object.fromEntries(Object.entries(record(kept.value.means)).map(([name, of]) => [name, numbers(of)]));
  return { takenAt: number(kept.value.taken_at), means };
}

/** How the lines of a chart differ from what was usual; none that the baseline does not know. */
export function differences(name: string, shown: Shown, { means }: Baseline): readonly Difference[] {
  const usual = means[name] ?? {};
  return Object.entries(meansOf(shown)).flatMap(([label, mean]) => {
    const was = usual[label];
    if (was === undefined) return [];
    const share = was === 0 ? (mean === 0 ? 0 : null) : (mean - was) / Math.abs(was);
    return [{ label, share, isNotable: share === null || Math.abs(share) > notableShare }];
  });
}

function meansOf(shown: Shown): Readonly<Record<string, number>> {
  if (shown === null || shown instanceof ApiFault) return {};
  const of = shown.panel.lines.map(({ label, values }) => [label, meanOf(values)] as const);
  return Object.fromEntries(of.filter((line): line is readonly [string, number] => line[1] !== null));
}

/** Four digits are what a comparison needs, and what a small document has room for. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Number((known.reduce((total, value) => total + value, 0) / known.length).toPrecision(4));
}

const numbers = (value: unknown): Readonly<Record<string, number>> => Object.fromEntries(Object.entries(record(value)).filter((entry): entry is [string, number] => isNumber(entry[1])));
