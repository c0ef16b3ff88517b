const storeNames: ReadonlyMap<string, string> = new Map([
  ['sqlite', 'SQLite'],
  ['postgres', 'PostgreSQL'],
  ['postgresql', 'PostgreSQL'],
  ['memory', 'memory'],
]);

/** The name of a kind of store as people write it. */
export const storeName = (kind: string): string => storeNames.get(kind) ?? kind;
