/** What becomes of a line. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Lines that did not change and are left out. */
export interface Skipped {
  readonly kind: 'skipped';
  readonly lines: number;
}

/** Beyond this many comparisons the changed stretch is shown as taken out and put in whole: a page that thinks for seconds helps nobody. */
const comparisonsMax = 1_000_000;

/** The fewest lines taken out and put in that make the second text of the first. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const shorter = Math.min(old.length, now.length);
  const head = countWhile(shorter, (at) => old[at] === now[at]);
  const tail = countWhile(shorter - head, (at) => old[old.length - 1 - at] === now[now.length - 1 - at]);
  return [
    ...marked('same', old.slice(0, head)),
    ...diffChanged(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...marked('same', old.slice(old.length - tail)),
  ];
}

/** Leaves out what is far from any change. */
export function folded(lines: readonly DiffLine[], around = 3): readonly (DiffLine | Skipped)[] {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - around), at + around + 1).some(({ kind }) => kind !== 'same'));
  return lines.flatMap((line, at): readonly (DiffLine | Skipped)[] => {
    if (near[at]) return [line];
    if (at > 0 && !near[at - 1]) return [];
    const end = near.indexOf(true, at);
    return [{ kind: 'skipped', lines: (end < 0 ? lines.length : end) - at }];
  });
}

function diffChanged(old: readonly string[], now: readonly string[]): readonly DiffLine[] {
  if (old.length * now.length > comparisonsMax) return [...marked('removed', old), ...marked('added', now)];
  const common = commonLengths(old, now);
  const lines: DiffLine[] = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < now.length) {
    if (a < old.length && old[a] === now[b]) {
      lines.push({ kind: 'same', text: old[a++]! });
      b++;
    } else if (b >= now.length || (a < old.length && common[a + 1]![b]! >= common[a]![b + 1]!)) {
      lines.push({ kind: 'removed', text: old[a++]! });
    } else {
      lines.push({ kind: 'added', text: now[b++]! });
    }
  }
  return lines;
}

/** `[a][b]`: how many lines the rests from there on have in common, in order. */
function commonLengths(old: readonly string[], now: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = now.length - 1; b >= 0; b--) {
      table[a]![b] = old[a] === now[b] ? table[a + 1]![b + 1]! + 1 : Math.max(table[a + 1]![b]!, table[a]![b + 1]!);
    }
  }
  return table;
}

const marked = (kind: DiffLine['kind'], lines: readonly string[]): readonly DiffLine[] => lines.map((text) => ({ kind, text }));

function countWhile(limit: number, holds: (at: number) => boolean): number {
  let at = 0;
  while (at < limit && holds(at)) at++;
  return at;
}
