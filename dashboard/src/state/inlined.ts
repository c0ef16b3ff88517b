import { isRecord, text } from '../wire/read';

export interface Inlined {
  readonly snapshot: unknown;
  /** Where the live source goes on, so that nothing between the shell and the first frame is missed. */
  readonly cursor: string | null;
}

/** The snapshot that the server wrote into the shell, for figures on the screen before any connection stands. */
export function readInlined(page: Pick<Document, 'getElementById'>): Inlined {
  const json = page.getElementById('holdfast-snapshot')?.textContent ?? '';
  try {
    const snapshot: unknown = JSON.parse(json);
    return { snapshot, cursor: isRecord(snapshot) ? text(snapshot.cursor) || null : null };
  } catch {
    return { snapshot: null, cursor: null }; // a shell without a snapshot: the first frame brings it
  }
}
