import { signal } from '@preact/signals';
import type { PreferencesApi } from '../api/preferences';
import { ApiFault } from '../api/request';
import { readKept } from '../wire/preferences';
import type { Kept } from '../wire/preferences';
import { isRecord } from '../wire/read';
import type { Json } from '../wire/read';

const changedMeanwhile = 412;

/** What tabs of one browser tell each other: a document as it is now, or that a version of it has gone. */
export type Told = { readonly kept: Kept } | { readonly gone: string; readonly version: number };

/** The way to the other tabs. */
export interface Tabs {
  readonly tell: (told: Told) => void;
  readonly onTold: (listener: (told: unknown) => void) => void;
}

/**
 * What the person keeps of the page: as the server has it, and as other tabs have changed it since. Documents are merged by key, and of two the
 * one of the higher version is the newer.
 */
export class KeptBook {
  readonly documents = signal<ReadonlyMap<string, Kept>>(new Map());
  /** Why it could not be read or changed; null when it could. */
  readonly fault = signal<ApiFault | null>(null);
  /** What was told while the server was being asked: its answer may be older. */
  #since: Told[] | null = null;

  constructor(
    private readonly api: Pick<PreferencesApi, 'list' | 'put' | 'remove'>,
    private readonly tabs: Tabs,
  ) {
    tabs.onTold((told) => {
      const read = readTold(told);
      if (read !== null) this.#take(read);
    });
  }

  /** Reads what the server has. What is there stays when it cannot be read. */
  async load(): Promise<void> {
    const since = (this.#since = []);
    const read = await this.api.list().catch(ApiFault.of);
    if (this.#since !== since) return; // asked again meanwhile
    this.#since = null;
    this.fault.value = read instanceof ApiFault ? read : null;
    if (read instanceof ApiFault) return;
    this.documents.value = new Map(read.map((kept) => [kept.key, kept]));
    for (const told of since) this.#take(told);
  }

  /** Keeps it over what is known here. False when somebody else was faster: then what they made is here. */
  async put(key: string, value: Json): Promise<boolean> {
    return this.#change(async () => ({ kept: await this.api.put(key, value, this.#version(key)) }));
  }

  async remove(key: string): Promise<boolean> {
    const version = this.#version(key);
    return this.#change(async () => {
      await this.api.remove(key, version);
      return { gone: key, version };
    });
  }

  async #change(work: () => Promise<Told>): Promise<boolean> {
    const told = await work().catch(ApiFault.of);
    if (told instanceof ApiFault) {
      if (told.status === changedMeanwhile) await this.load();
      this.fault.value = told;
      return false;
    }
    this.fault.value = null;
    this.#take(told);
    this.tabs.tell(told);
    return true;
  }

  readonly #version = (key: string): number => this.documents.peek().get(key)?.version ?? 0;

  #take(told: Told): void {
    this.#since?.push(told);
    const documents = new Map(this.documents.peek());
    if ('gone' in told) {
      if ((documents.get(told.gone)?.version ?? 0) <= told.version) documents.delete(told.gone);
    } else if ((documents.get(told.kept.key)?.version ?? 0) < told.kept.version) documents.set(told.kept.key, told.kept);
    this.documents.value = documents;
  }
}

/** Another tab may be of another version of the page. */
function readTold(told: unknown): Told | null {
  if (!isRecord(told)) return null;
  if (typeof told.gone === 'string' && typeof told.version === 'number') return { gone: told.gone, version: told.version };
  return isRecord(told.kept) && typeof told.kept.key === 'string' ? { kept: readKept(told.kept) } : null;
}
