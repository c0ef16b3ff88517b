import { signal } from '@preact/signals';
import { ApiFault } from '../api/request';
import { faultWords } from './said';
import type { Said } from './said';

/** The row that is open: on its way, there, or not to be had. */
export interface Opened<Whole> {
  readonly id: string;
  readonly whole: Whole | ApiFault | null;
}

/** Why an edit was not saved. */
export interface Unsaved<Whole> {
  readonly fault: ApiFault;
  /** The row as somebody else has made it meanwhile; null when that is not the reason, or it could not be read. */
  readonly newer: Whole | null;
}

/** What a desk does its work with. */
export interface DeskTools<Whole> {
  readonly get: (id: string, signal: AbortSignal) => Promise<Whole>;
  readonly idOf: (whole: Whole) => string;
  /** Puts what is known now where it stands in the list. */
  readonly replace: (whole: Whole) => void;
  /** Something was done: what is counted is counted anew. */
  readonly recount: () => void;
}

const changedMeanwhile = 412;

/** What a person does with rows of a store, and what became of it. One thing at a time. */
export class Desk<Whole> {
  readonly opened = signal<Opened<Whole> | null>(null);
  readonly editing = signal(false);
  readonly busy = signal(false);
  readonly said = signal<Said | null>(null);
  #request = new AbortController();

  constructor(private readonly tools: DeskTools<Whole>) {}

  /** Reads the row as it is now; none for an empty id. */
  async open(id: string): Promise<void> {
    this.#request.abort();
    const request = (this.#request = new AbortController());
    this.editing.value = false;
    this.opened.value = id === '' ? null : { id, whole: null };
    if (id === '') return;
    const whole = await this.tools.get(id, request.signal).catch(ApiFault.of);
    if (request.signal.aborted) return;
    this.opened.value = { id, whole };
    if (!(whole instanceof ApiFault)) this.tools.replace(whole);
  }

  stop(): void {
    this.#request.abort();
  }

  /** Null when it was saved; otherwise why not, for the editor to show beside the fields. */
  protected async saved(id: string, edit: () => Promise<Whole>, done: Said): Promise<Unsaved<Whole> | null> {
    this.busy.value = true;
    this.said.value = null; // of what was done before; why this is not done stands in the editor
    try {
      this.show(await edit());
      this.editing.value = false;
      this.said.value = done;
      return null;
    } catch (caught) {
      const fault = ApiFault.of(caught);
      return { fault, newer: fault.status === changedMeanwhile ? await this.#reread(id) : null };
    } finally {
      this.busy.value = false;
    }
  }

  /** Does it, unless something else is being done, and says what it came to. */
  protected async act(failing: string, work: () => Promise<Said | null>): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    try {
      this.said.value = await work();
    } catch (fault) {
      this.said.value = faultWords(failing, ApiFault.of(fault));
    } finally {
      this.busy.value = false;
    }
    this.tools.recount();
  }

  protected show(whole: Whole): void {
    this.tools.replace(whole);
    const id = this.tools.idOf(whole);
    if (this.opened.peek()?.id === id) this.opened.value = { id, whole };
  }

  /** Reads the open row anew. */
  protected reopen(): void {
    const opened = this.opened.peek();
    if (opened !== null) void this.open(opened.id);
  }

  /** Without it the editor keeps to what it knew, and saving again asks again. */
  async #reread(id: string): Promise<Whole | null> {
    const now = await this.tools.get(id, this.#request.signal).catch(ApiFault.of);
    if (now instanceof ApiFault) return null;
    this.show(now);
    return now;
  }
}
