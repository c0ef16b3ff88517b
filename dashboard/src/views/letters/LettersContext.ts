import type { ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { DeadLettersApi } from '../../api/deadLetters';
import type { LetterFilters } from './filters';
import type { LetterDesk } from './LetterDesk';
import type { LetterList } from './LetterList';

/** What the parts of the screen share. */
export interface LettersModel {
  readonly api: DeadLettersApi;
  readonly filters: ReadonlySignal<LetterFilters>;
  readonly list: LetterList;
  readonly desk: LetterDesk;
}

export const LettersContext = createContext<LettersModel | null>(null);

export function useLetters(): LettersModel {
  const model = useContext(LettersContext);
  if (model === null) throw new Error('A part of the dead letters was rendered outside of their screen.');
  return model;
}
