import { expect } from 'vitest';
import type { Locator, Page } from 'playwright-core';

const secondsMax = 20;
const clicksMax = 6;

/** Somebody at the page with a stop watch: what they click is counted, from a fresh look at the overview to the answer. */
export class Operator {
  readonly #began = performance.now();
  #clicks = 0;

  constructor(
    readonly page: Page,
    private readonly task: string,
  ) {}

  async click(what: Locator): Promise<void> {
    this.#clicks++;
    await what.click();
  }

  async go(screen: string): Promise<void> {
    await this.click(this.page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }));
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The task is done: it is told how long that took, and it may not have taken longer. */
  done(): void {
    const seconds = (performance.now() - this.#began) / 1000;
    console.log(`${this.task}: ${seconds.toFixed(1)} s, ${this.#clicks} clicks`);
    expect(this.#clicks).toBeLessThanOrEqual(clicksMax);
    expect(seconds).toBeLessThanOrEqual(secondsMax);
  }
}
