import type { Frame } from '../wire/frames';

/** Beyond this the gathered frames are handed over at once, so that a hidden page never collects without bound. */
const framesMax = 500;

/** Gathers frames until the next picture. */
export class FrameGatherer {
  #frames: Frame[] = [];
  #scheduled = false;

  constructor(
    private readonly schedule: (run: () => void) => void,
    private readonly deliver: (frames: readonly Frame[]) => void,
  ) {}

  add(frame: Frame): void {
    this.#frames.push(frame);
    if (this.#frames.length >= framesMax) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.schedule(() => this.flush());
    }
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#frames.length === 0) return;
    const frames = this.#frames;
    this.#frames = [];
    this.deliver(frames);
  }
}

/** Before the next picture; a hidden page draws none, there a timer does. */
export function beforeNextPicture(run: () => void): void {
  if (document.hidden) setTimeout(run, 100);
  else requestAnimationFrame(run);
}
