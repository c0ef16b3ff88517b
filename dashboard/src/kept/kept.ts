import { effect } from '@preact/signals';
import { identity } from '../api/access';
import { PreferencesApi } from '../api/preferences';
import { KeptBook } from './KeptBook';
import type { Tabs } from './KeptBook';

/** One channel for each person and server: a browser can show two servers, and two people can share one. */
function tabs(): Tabs {
  const channel = new BroadcastChannel(`holdfast-kept ${document.baseURI} ${identity.peek()?.name ?? ''}`);
  return { tell: (told) => channel.postMessage(told), onTold: (listener) => channel.addEventListener('message', ({ data }) => listener(data)) };
}

/** The book of this page. */
export const kept = new KeptBook(new PreferencesApi(document.baseURI), tabs());

/** Reads it, and again when they come back or another person signs in. Returns how to stop. */
export function watchKept(): () => void {
  const look = (): void => {
    if (!document.hidden) void kept.load();
  };
  document.addEventListener('visibilitychange', look);
  const stop = effect(() => {
    identity.value; // another person has other documents
    void kept.load();
  });
  return () => {
    document.removeEventListener('visibilitychange', look);
    stop();
  };
}
