import type { Level } from '../../health/assess';

export interface Usage {
  readonly level: Exclude<Level, 'note' | 'unknown'>;
  /** Empty when there is nothing to say. */
  readonly words: string;
}

/** From these shares on somebody should know, before it is full. */
const steps = [0.95, 0.9, 0.8] as const;

const levels = { 0.95: 'bad', 0.9: 'bad', 0.8: 'warn' } as const;

type Words = Readonly<Record<(typeof steps)[number], string>>;

const places: Words = { 0.95: 'Almost all places are taken; the next watchers are refused.', 0.9: 'Places become few.', 0.8: 'Four of five places are taken.' };

const context: Words = { 0.95: 'critically full: begin a new conversation', 0.9: 'near its limit', 0.8: 'elevated' };

/** How many of the places for watchers are taken, in words. */
export const usageOf = (taken: number, of: number): Usage => judge(taken, of, places);

/** How full the context of a session is, in words. */
export const contextUsage = (used: number, of: number): Usage => judge(used, of, context);

function judge(taken: number, of: number, words: Words): Usage {
  const share = of <= 0 ? 0 : taken / of;
  const step = steps.find((from) => share >= from);
  return step === undefined ? { level: 'ok', words: '' } : { level: levels[step], words: words[step] };
}
