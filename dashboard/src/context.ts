import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { LiveSource } from './live/LiveSource';
import type { Store } from './state/store';
import type { EventLogModel } from './views/events/EventLogModel';

/** What every screen may use. */
export interface Page {
  readonly store: Store;
  readonly source: LiveSource;
  readonly log: EventLogModel;
}

const PageContext = createContext<Page | null>(null);

export const PageProvider = PageContext.Provider;

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('A screen was rendered outside of the page.');
  return page;
}
