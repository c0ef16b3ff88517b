import { signal } from '@preact/signals';

/** Something that must not happen by a slip of the hand. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  /** To be typed before the button works; empty when a click is enough. */
  readonly typed: string;
  readonly act: (reason: string) => void;
}

/** The question that is being asked. */
export const question = signal<Question | null>(null);
