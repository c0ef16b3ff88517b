import type { Check, HealthNote } from '../../wire/health';

/** A time in which something failed, with everything that happened in it. */
export interface Incident {
  readonly id: string;
  /** What failed first; empty when that is further back than what was read. */
  readonly check: string;
  readonly openedAt: number | null;
  /** Null while it goes on. */
  readonly closedAt: number | null;
  /** The oldest first, as it is told. */
  readonly notes: readonly HealthNote[];
}

/** The incidents among what happened, the newest first. Notes come newest first. */
export function incidentsOf(notes: readonly HealthNote[]): readonly Incident[] {
  const grouped = new Map<string, HealthNote[]>();
  for (const note of notes) {
    if (note.incident === '') continue;
    const group = grouped.get(note.incident);
    if (group === undefined) grouped.set(note.incident, [note]);
    else group.push(note);
  }
  return [...grouped].map(([id, group]) => {
    const opened = group.find(({ kind }) => kind === 'incident_opened');
    const closed = group.find(({ kind }) => kind === 'incident_closed');
    return { id, check: opened?.check ?? '', openedAt: opened?.at ?? null, closedAt: closed?.at ?? null, notes: group.filter(({ kind }) => kind === 'transition' || kind === 'recovery').reverse() };
  });
}

const severity = { fail: 0, warn: 1, unknown: 2, pass: 3 } as const;

/** What needs somebody stands first. */
export const worstFirst = (checks: readonly Check[]): readonly Check[] => [...checks].sort((a, b) => severity[a.state] - severity[b.state] || a.name.localeCompare(b.name));
