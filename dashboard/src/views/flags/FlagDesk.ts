import { signal } from '@preact/signals';
import type { FlagDraft, FlagsApi, RolloutOrder, RolloutPlan, WholeFlag } from '../../api/flags';
import { ApiFault } from '../../api/request';
import type { Flag } from '../../wire/flags';
import type { FlagBook } from './FlagBook';
import { faultWords } from '../../work/said';
import type { Said } from '../../work/said';
import { applyWords, rolloutWords, valueWords } from './words';

/** The flag that is open: on its way, there, or not to be had. */
export type Opened = { readonly name: string; readonly whole: WholeFlag | ApiFault | null };

/** Why a change was not made. */
export interface Unsaved {
  readonly fault: ApiFault;
  /** The flag as somebody else has made it meanwhile; null when that is not the reason, or it could not be read. */
  readonly newer: WholeFlag | null;
}

const changedMeanwhile = 412;
const unknown = 404;

/** What a person does with flags, and what became of it. One thing at a time. */
export class FlagDesk {
  readonly opened = signal<Opened | null>(null);
  readonly editing = signal(false);
  readonly busy = signal(false);
  readonly said = signal<Said | null>(null);
  #request = new AbortController();
  /** It is to be read anew when what is being done is done. */
  #isBehind = false;

  constructor(
    private readonly api: FlagsApi,
    private readonly book: FlagBook,
  ) {}

  /** Reads the flag as it is now; none for an empty name. */
  async open(name: string): Promise<void> {
    this.editing.value = false;
    this.opened.value = name === '' ? null : { name, whole: null };
    await this.refresh();
  }

  /** Reads the open flag anew. Whoever is writing goes on: their text stands over what they saw. */
  async refresh(): Promise<void> {
    // An answer from before a change must not come in after it.
    if (this.busy.peek()) this.#isBehind = true;
    else await this.#look();
  }

  async #look(): Promise<void> {
    this.#request.abort();
    const request = (this.#request = new AbortController());
    const name = this.opened.peek()?.name;
    if (name === undefined) return;
    const whole = await this.api.get(name, request.signal).catch(ApiFault.of);
    if (!request.signal.aborted) this.#take(name, whole);
  }

  /**
   * Null when it was done; otherwise why not, for the editor to show beside the fields.
   * The flag is the one that the draft was made over.
   */
  async save({ flag: { name, version } }: WholeFlag, draft: FlagDraft, reason: string): Promise<Unsaved | null> {
    if (this.busy.peek()) return null;
    this.#begin();
    this.said.value = null; // of what was done before; why this is not done stands in the editor
    try {
      const whole = await this.api.put(name, version, draft, reason);
      this.#take(name, whole);
      this.editing.value = false;
      this.said.value = { level: 'ok', text: `${name} is set${draft.kind === 'rule' ? ' to a rule' : ` to ${valueWords(whole.flag.value)}`}: ${applyWords[whole.flag.apply]}.` };
      return null;
    } catch (caught) {
      const fault = ApiFault.of(caught);
      return { fault, newer: fault.status === changedMeanwhile ? await this.#reread(name) : null };
    } finally {
      this.#end();
    }
  }

  /** Takes back what was seen to be set. */
  reset({ name, version }: Flag, reason: string): Promise<void> {
    return this.#act(`${name} cannot be reset`, async () => {
      const whole = await this.api.reset(name, version, reason).catch((fault: unknown) => this.#overtaken(fault));
      this.editing.value = false;
      if (whole === null) {
        this.book.remove(name);
        this.#take(name, new ApiFault(unknown, 'The flag is gone.', ''));
        return { level: 'ok', text: `${name} is gone: nothing was set but at run time.` };
      }
      this.#take(name, whole);
      return { level: 'ok', text: `${name} is reset: ${valueWords(whole.flag.value)}, as the layer below says.` };
    });
  }

  kill({ name }: Flag, killed: boolean, reason: string): Promise<void> {
    return this.#act(`${name} cannot be ${killed ? 'killed' : 'revived'}`, async () => {
      this.#take(name, await this.api.kill(name, killed, reason));
      return { level: 'ok', text: killed ? `${name} is killed: everybody gets its off variant, at once.` : `${name} is revived: its rule decides again.` };
    });
  }

  steer({ name }: Flag, order: RolloutOrder, reason: string): Promise<void> {
    return this.#act(`The rollout of ${name} cannot be steered`, async () => {
      const whole = await this.api.steer(name, order, reason);
      this.#take(name, whole);
      return { level: 'ok', text: whole.flag.rollout === null ? '' : `${name}: ${rolloutWords(whole.flag.rollout)}` };
    });
  }

  /** True when it is under way. */
  async beginRollout({ name }: Flag, plan: RolloutPlan, reason: string): Promise<boolean> {
    await this.#act(`The rollout of ${name} cannot begin`, async () => {
      const whole = await this.api.beginRollout(name, plan, reason);
      this.#take(name, whole);
      return { level: 'ok', text: whole.flag.rollout === null ? '' : `${name}: ${rolloutWords(whole.flag.rollout)}` };
    });
    return this.said.peek()?.level === 'ok';
  }

  /** Makes a flag that is not there yet. True when it is there. */
  async make(name: string, json: string, reason: string): Promise<boolean> {
    await this.#act(`${name} cannot be made`, async () => {
      const { flag } = await this.api.put(name, 0, { kind: 'value', json }, reason);
      void this.book.load();
      return { level: 'ok', text: `${name} is made: ${valueWords(flag.value)} for everybody.` };
    });
    return this.said.peek()?.level === 'ok';
  }

  stop(): void {
    this.#request.abort();
  }

  #begin(): void {
    this.#request.abort();
    this.#request = new AbortController();
    this.busy.value = true;
  }

  #end(): void {
    this.busy.value = false;
    if (!this.#isBehind) return;
    this.#isBehind = false;
    void this.#look();
  }

  async #act(failing: string, work: () => Promise<Said>): Promise<void> {
    if (this.busy.peek()) return;
    this.#begin();
    try {
      this.said.value = await work();
    } catch (fault) {
      this.said.value = faultWords(failing, ApiFault.of(fault));
    } finally {
      this.#end();
    }
  }

  /** Whoever was overtaken sees what it is now before they ask again. */
  async #overtaken(fault: unknown): Promise<never> {
    if (fault instanceof ApiFault && fault.status === changedMeanwhile) {
      await this.#look();
      throw new ApiFault(fault.status, 'Somebody else changed it meanwhile.', 'What it is now is below; nothing was reset.');
    }
    throw fault;
  }

  /** Without it the editor keeps to what it knew, and saving again asks again. */
  async #reread(name: string): Promise<WholeFlag | null> {
    const now = await this.api.get(name, this.#request.signal).catch(ApiFault.of);
    if (now instanceof ApiFault) return now.status === unknown ? this.#gone() : null;
    this.#take(name, now);
    return now;
  }

  /** A flag that somebody took away: saving makes it again. */
  #gone(): WholeFlag | null {
    const last = this.opened.peek()?.whole ?? null;
    return last === null || last instanceof ApiFault ? null : { ...last, flag: { ...last.flag, version: 0, rule: null, rollout: null }, rule: '' };
  }

  #take(name: string, whole: WholeFlag | ApiFault): void {
    if (!(whole instanceof ApiFault)) this.book.replace(whole.flag);
    if (this.opened.peek()?.name === name) this.opened.value = { name, whole };
  }
}
