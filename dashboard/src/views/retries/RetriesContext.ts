import type { ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { RetriesApi } from '../../api/retries';
import type { RetryFilters } from './filters';
import type { OperationBook } from './OperationBook';
import type { RetryDesk } from './RetryDesk';
import type { RetryList } from './RetryList';

/** What the parts of the screen share. */
export interface RetriesModel {
  readonly api: RetriesApi;
  readonly filters: ReadonlySignal<RetryFilters>;
  readonly list: RetryList;
  readonly desk: RetryDesk;
  readonly book: OperationBook;
}

export const RetriesContext = createContext<RetriesModel | null>(null);

export function useRetries(): RetriesModel {
  const model = useContext(RetriesContext);
  if (model === null) throw new Error('A part of the retries was rendered outside of their screen.');
  return model;
}
