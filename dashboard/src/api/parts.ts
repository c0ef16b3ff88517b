import { readCircuits, readComponents, readRooms } from '../wire/parts';
import type { Circuit, Component, Room } from '../wire/parts';
import { record } from '../wire/read';
import { ask, send } from './request';

export interface Parts {
  readonly components: readonly Component[];
  readonly rooms: readonly Room[];
  readonly circuits: readonly Circuit[];
}

export type CircuitAction = 'reset' | 'isolate' | 'trip';

/** The parts of the server over HTTP; all from its memory, whatever the database does. */
export class PartsApi {
  constructor(private readonly base: string) {}

  async read(signal: AbortSignal): Promise<Parts> {
    const [components, rooms, circuits] = await Promise.all([this.#items('components', signal), this.#items('rooms', signal), this.#items('breakers', signal)]);
    return { components: readComponents(components), rooms: readRooms(rooms), circuits: readCircuits(circuits) };
  }

  async move(name: string, action: CircuitAction, reason: string): Promise<void> {
    await send('POST', new URL(`api/breakers/${encodeURIComponent(name)}/${action}`, this.base), JSON.stringify({ reason }));
  }

  async #items(path: string, signal: AbortSignal): Promise<unknown> {
    return record(JSON.parse(await ask(new URL(`api/${path}`, this.base), { signal }))).items;
  }
}
