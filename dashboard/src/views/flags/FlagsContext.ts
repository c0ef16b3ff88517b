import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { FlagsApi } from '../../api/flags';
import type { FlagBook } from './FlagBook';
import type { FlagDesk } from './FlagDesk';

/** What the parts of the screen share. */
export interface FlagsModel {
  readonly api: FlagsApi;
  readonly book: FlagBook;
  readonly desk: FlagDesk;
}

export const FlagsContext = createContext<FlagsModel | null>(null);

export function useFlags(): FlagsModel {
  const model = useContext(FlagsContext);
  if (model === null) throw new Error('A part of the flags was rendered outside of their screen.');
  return model;
}
