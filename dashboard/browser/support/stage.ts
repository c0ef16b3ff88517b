import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launch, open } from './browser';
import type { Watched } from './browser';

/** What pages are opened at: a server, or a scenario with one. */
interface Host {
  readonly url: string;
  dispose(): Promise<void>;
}

interface Visit extends BrowserContextOptions {
  /** What is done to the page before it goes there. */
  readonly before?: (page: Page) => Promise<unknown>;
}

/**
 * Where the tests of a file take place: one host and one Chromium for all of them, and pages that are closed after the test that opened them.
 * Whatever a page complained about fails its test: errors on the console, violations of the policy, requests to anyone else.
 */
export class Stage<T extends Host> {
  #host: T | null = null;
  #browser: Browser | null = null;
  #opened: Watched[] = [];
  #others: Host[] = [];
  #excused: RegExp[] = [];

  /** What they are about. */
  get host(): T {
    if (this.#host === null) throw new Error('The host has not started.');
    return this.#host;
  }

  /** A page with a profile of its own. An address may be relative to the host's. */
  async open(address = '', { before, ...options }: Visit = {}): Promise<Page> {
    if (this.#browser === null) throw new Error('The browser has not started.');
    const watched = await open(this.#browser, new URL(address, this.host.url).href, options, before);
    this.#opened.push(watched);
    return watched.page;
  }

  /** Another host, for the test in progress alone; it ends when the pages are closed. */
  async also<Other extends Host>(starting: Promise<Other>): Promise<Other> {
    const other = await starting;
    this.#others.push(other);
    return other;
  }

  /** Complaints that the test in progress is about: the browser reports each refused request as an error of its own. */
  excuse(complaint: RegExp): void {
    this.#excused.push(complaint);
  }

  async begin(start: () => Promise<T>): Promise<void> {
    // One after the other: what has begun is known when the next fails.
    this.#browser = await launch();
    this.#host = await start();
  }

  async endTest(): Promise<void> {
    const [opened, others, excused] = [this.#opened, this.#others, this.#excused];
    [this.#opened, this.#others, this.#excused] = [[], [], []];
    await Promise.all(opened.map(({ context }) => context.close()));
    await Promise.all(others.map((other) => other.dispose()));
    expect(opened.flatMap(({ complaints }) => complaints).filter((complaint) => !excused.some((pattern) => pattern.test(complaint)))).toEqual([]);
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    await this.#host?.dispose();
  }
}

/** Call it once, at the top of a file. */
export function stageOf<T extends Host>(start: () => Promise<T>): Stage<T> {
  const stage = new Stage<T>();
  beforeAll(() => stage.begin(start));
  afterEach(() => stage.endTest());
  afterAll(() => stage.end());
  return stage;
}
