import type { Frame } from '../wire/frames';
import type { LiveSource, LiveStatus, SourceName } from './LiveSource';
import { sourceNames } from './LiveSource';

/** How long the source that leads may be away before the other one is asked. */
export const patienceMs = 3000;

/** How long the preferred source must have been live again before the page goes back to it: one that flaps must not take the page along. */
export const trustMs = 20_000;

/** Which sources may be used, and which is preferred. */
export interface SourcePlan {
  readonly preferred: SourceName;
  /** Both at once: what one loses the other has. */
  readonly dual: boolean;
  readonly allowed: Readonly<Record<SourceName, boolean>>;
}

export interface SwitchOptions {
  readonly sources: Readonly<Record<SourceName, LiveSource>>;
  readonly plan: SourcePlan;
  readonly now: () => number;
}

/** What a source has said of the whole and nobody has shown: bounded, since it may run beside the other one for long. */
const keptMax = 64;

interface Runner {
  readonly status: LiveStatus;
  /** Its greeting, names and snapshots while it did not lead: what it says later means nothing without them. */
  readonly kept: readonly Frame[];
  /** Since when it is live without a break; null: it is not. */
  readonly liveSince: number | null;
  /** Since when it should be live and is not. */
  readonly missedSince: number | null;
  readonly isRunning: boolean;
}

/**
 * Two sources as one. One leads: its frames are what the page shows, and the other, where it runs, adds events alone. A change is made before
 * the old one is broken: the new source catches up from the page's cursor, and leads when it is live. Events that come twice are known by
 * their numbers, so nothing has to be exact about it.
 */
export class SourceSwitch implements LiveSource {
  readonly #sources: Readonly<Record<SourceName, LiveSource>>;
  readonly #now: () => number;
  #plan: SourcePlan;
  #leader: SourceName;
  #runners: Record<SourceName, Runner>;
  #cursor: string | null = null;
  #isStarted = false;
  #onBatch: (frames: readonly Frame[]) => void = () => {};
  #onState: (status: LiveStatus) => void = () => {};
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The preferred source was missed, and has not been trusted again since. */
  #isDistrusted = false;
  /** Of which the server says that what they bring may be behind. */
  #avoided: ReadonlySet<SourceName> = new Set();

  constructor({ sources, plan, now }: SwitchOptions) {
    this.#sources = sources;
    this.#plan = plan;
    this.#now = now;
    this.#leader = firstOf(plan);
    this.#runners = Object.fromEntries(sourceNames.map((name) => [name, resting(name)])) as Record<SourceName, Runner>;
    for (const name of sourceNames) {
      sources[name].onState((status) => this.#note(name, status));
      sources[name].onBatch((frames) => this.#take(name, frames));
    }
  }

  /** The one whose frames are shown. */
  get leader(): SourceName {
    return this.#leader;
  }

  onBatch(callback: (frames: readonly Frame[]) => void): void {
    this.#onBatch = callback;
  }

  onState(callback: (status: LiveStatus) => void): void {
    this.#onState = callback;
  }

  start(since: string | null): void {
    this.stop();
    this.#cursor = since;
    this.#isStarted = true;
    this.#isDistrusted = false;
    this.#leader = firstOf(this.#plan);
    this.#timer = setInterval(() => this.#settle(), 500);
    this.#run(this.#leader);
    this.#settle();
  }

  stop(): void {
    this.#isStarted = false;
    clearInterval(this.#timer);
    for (const name of sourceNames) this.#rest(name);
  }

  retryNow(): void {
    for (const name of sourceNames) if (this.#runners[name].isRunning) this.#sources[name].retryNow();
  }

  report(metrics: object): void {
    this.#sources[this.#leader].report({ ...metrics, wanted: this.#plan.preferred });
  }

  /** A source that is not allowed any more ends at once; everything else is a change that nobody notices. */
  follow(plan: SourcePlan): void {
    // Whoever changes what is preferred has looked: it has not failed since.
    if (plan.preferred !== this.#plan.preferred) this.#isDistrusted = false;
    this.#plan = plan;
    if (!this.#isStarted) {
      this.#leader = firstOf(plan);
      return;
    }
    if (!plan.allowed[this.#leader]) this.#lead(firstOf(plan));
    for (const name of sourceNames) if (!plan.allowed[name]) this.#rest(name);
    this.#settle();
  }

  /** The server knows before the page does which way is not good at present; with none that is better it changes nothing. */
  avoid(names: ReadonlySet<SourceName>): void {
    for (const name of this.#avoided) {
      const runner = this.#runners[name];
      if (!names.has(name) && runner.liveSince !== null) this.#runners[name] = { ...runner, liveSince: this.#now() };
    }
    this.#avoided = names;
    this.#settle();
  }

  #settle(): void {
    if (!this.#isStarted) return;
    const wanted = this.#wanted();
    for (const name of sourceNames) {
      if (wanted.has(name)) this.#run(name);
      else this.#rest(name);
    }
    this.#crown();
  }

  /** Who has to run now. */
  #wanted(): ReadonlySet<SourceName> {
    const { preferred, dual, allowed } = this.#plan;
    const other = otherThan(preferred);
    const wanted = new Set<SourceName>([this.#leader]);
    if (allowed[preferred]) wanted.add(preferred);
    if (allowed[other] && (dual || this.#isMissed(preferred) || !allowed[preferred])) wanted.add(other);
    return wanted;
  }

  /** Lets another one lead where it should and can. */
  #crown(): void {
    const { preferred, allowed } = this.#plan;
    const other = otherThan(preferred);
    if (this.#leader === preferred) {
      if (!this.#isMissed(preferred) || !allowed[other] || !this.#isLive(other)) return;
      this.#isDistrusted = true;
      this.#lead(other);
    } else if (allowed[preferred] && this.#isLive(preferred) && !this.#isAvoided(preferred) && (this.#isTrusted(preferred) || !this.#isLive(this.#leader))) {
      this.#isDistrusted = false;
      this.#lead(preferred);
    }
  }

  /** The one that led before goes on until the next look: nothing is broken before the other is there. */
  #lead(name: SourceName): void {
    this.#leader = name;
    this.#run(name);
    const { kept, status } = this.#runners[name];
    this.#runners[name] = { ...this.#runners[name], kept: [] };
    if (kept.length > 0) this.#onBatch(kept);
    this.#onState(status);
  }

  #run(name: SourceName): void {
    if (this.#runners[name].isRunning) return;
    this.#runners[name] = { ...resting(name), isRunning: true, missedSince: this.#now() };
    this.#sources[name].start(this.#cursor);
  }

  #rest(name: SourceName): void {
    if (!this.#runners[name].isRunning) return;
    this.#runners[name] = resting(name);
    this.#sources[name].stop();
    if (name === this.#leader) this.#onState(this.#runners[name].status);
  }

  #note(name: SourceName, status: LiveStatus): void {
    const runner = this.#runners[name];
    if (!runner.isRunning) return;
    const isLive = status.state === 'live';
    this.#runners[name] = {
      ...runner,
      status,
      liveSince: isLive ? (runner.liveSince ?? this.#now()) : null,
      missedSince: isLive ? null : (runner.missedSince ?? this.#now()),
    };
    if (name === this.#leader) this.#onState(status);
    // A refusal is not waited for.
    if (status.state === 'failed' || isLive) queueMicrotask(() => this.#settle());
  }

  #take(name: SourceName, frames: readonly Frame[]): void {
    for (const frame of frames) {
      // Only events move the cursor: a snapshot may run ahead of a catch-up.
      if (frame.type === 'events') this.#cursor = frame.cursor || this.#cursor;
      else if (frame.type === 'snapshot') this.#cursor ??= frame.cursor || null;
    }
    if (name === this.#leader) {
      this.#onBatch(frames);
      return;
    }
    const events = frames.filter(({ type }) => type === 'events');
    if (events.length > 0) this.#onBatch(events);
    const runner = this.#runners[name];
    const kept = frames.filter(({ type }) => type === 'hello' || type === 'names' || type === 'snapshot');
    if (kept.length > 0) this.#runners[name] = { ...runner, kept: [...(kept[0]?.type === 'hello' ? [] : runner.kept), ...kept].slice(-keptMax) };
  }

  #isLive(name: SourceName): boolean {
    return this.#runners[name].liveSince !== null;
  }

  #isMissed(name: SourceName): boolean {
    const { missedSince, status, isRunning } = this.#runners[name];
    if (!isRunning || this.#isAvoided(name)) return true;
    return status.state === 'failed' || (missedSince !== null && this.#now() - missedSince >= patienceMs);
  }

  #isAvoided(name: SourceName): boolean {
    return this.#avoided.has(name) && !this.#avoided.has(otherThan(name));
  }

  #isTrusted(name: SourceName): boolean {
    const { liveSince } = this.#runners[name];
    return liveSince !== null && (!this.#isDistrusted || this.#now() - liveSince >= trustMs);
  }
}

function resting(source: SourceName): Runner {
  return { status: { source, state: 'idle', lastFrameAt: null, retryAt: null, attempts: 0, reason: null }, liveSince: null, missedSince: null, isRunning: false, kept: [] };
}

const otherThan = (name: SourceName): SourceName => (name === 'websocket' ? 'realtime' : 'websocket');

const firstOf = ({ preferred, allowed }: SourcePlan): SourceName => (allowed[preferred] ? preferred : otherThan(preferred));
