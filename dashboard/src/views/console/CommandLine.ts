import { signal } from '@preact/signals';
import { ApiFault, ask } from '../../api/request';
import { record, text } from '../../wire/read';

/** A command that was given, and what came of it. */
export interface Exchange {
  readonly id: number;
  readonly line: string;
  /** Null while it runs. */
  readonly answer: string | null;
  readonly isRefused: boolean;
}

/** Beyond this the oldest leave the screen. */
const shownMax = 100;

/** Sends commands, and keeps what was said. */
export class CommandLine {
  readonly exchanges = signal<readonly Exchange[]>([]);
  #lastId = 0;
  /** Where the arrow keys stand among the lines that were given; their number when at none. */
  #at = 0;

  constructor(private readonly base: string) {}

  async run(line: string): Promise<void> {
    const said = line.trim();
    if (said === '') return;
    const id = ++this.#lastId;
    this.exchanges.value = [...this.exchanges.peek(), { id, line: said, answer: null, isRefused: false }].slice(-shownMax);
    this.#at = this.exchanges.peek().length;
    const { answer, isRefused } = await this.#ask(said.startsWith('!') ? said : `!${said}`);
    this.exchanges.value = this.exchanges.peek().map((one) => (one.id === id ? { ...one, answer, isRefused } : one));
  }

  /** The line before or after the one that the arrow keys stand at; empty behind the last. */
  recall(step: 1 | -1): string {
    const lines = this.exchanges.peek().map(({ line }) => line);
    this.#at = Math.max(0, Math.min(lines.length, this.#at + step));
    return lines[this.#at] ?? '';
  }

  async #ask(line: string): Promise<{ answer: string; isRefused: boolean }> {
    try {
      const body = await ask(new URL('api/commands', this.base), { method: 'POST', body: line, headers: { 'content-type': 'text/plain' } });
      return { answer: text(record(JSON.parse(body)).text), isRefused: false };
    } catch (caught) {
      const { message, detail } = ApiFault.of(caught);
      return { answer: `${message} ${detail}`.trim(), isRefused: true };
    }
  }
}
