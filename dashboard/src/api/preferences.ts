import { list, record } from '../wire/read';
import { readKept } from '../wire/preferences';
import type { Kept } from '../wire/preferences';
import { ask, send } from './request';

/** What the person keeps of the page, over HTTP. */
export class PreferencesApi {
  constructor(private readonly base: string) {}

  async list(): Promise<readonly Kept[]> {
    return list(record(JSON.parse(await ask(this.#url('')))).items).map(readKept);
  }

  /** Keeps it if it is still the version that was seen; 0: it was not there. */
  async put(key: string, value: object, seen: number): Promise<Kept> {
    return readKept(JSON.parse(await send('PUT', this.#url(`/${key}`), JSON.stringify({ value }), { 'if-match': `"${seen}"` })));
  }

  async remove(key: string, seen: number): Promise<void> {
    await ask(this.#url(`/${key}`), { method: 'DELETE', headers: { 'if-match': `"${seen}"` } });
  }

  #url(path: string): URL {
    return new URL(`api/preferences${path}`, this.base);
  }
}
