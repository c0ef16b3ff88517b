import { useEffect, useRef, useState } from 'preact/hooks';
import { kept, watchKept } from '../../kept/kept';
import { goTo, route } from '../../route/location';
import { parseRoute } from '../../route/route';
import { addressOf, documentOf, keyOf, nameMax, viewsOf } from './views';
import type { View } from './views';
import './kept.css';

const screensWithFilters: readonly string[] = ['events', 'metrics', 'retries', 'dead-letters', 'flags', 'audit'];

/** The views that the person keeps of the screen: a click away, on every machine they sit at. */
export function SavedViews() {
  const { screen } = route.value;
  const [naming, setNaming] = useState(false);
  useEffect(() => setNaming(false), [screen]);
  const hasFilters = screensWithFilters.includes(screen);
  useEffect(() => (hasFilters ? watchKept() : undefined), [hasFilters]);
  if (!hasFilters) return null;
  const fault = kept.fault.value;
  return (
    <nav class="saved-views" aria-label="Saved views">
      {viewsOf(screen, kept.documents.value.values()).map((view) => (
        <Saved key={view.key} view={view} />
      ))}
      {naming ? (
        <Naming done={() => setNaming(false)} />
      ) : (
        <button type="button" class="quiet" onClick={() => setNaming(true)}>
          Save this view
        </button>
      )}
      {fault === null ? null : (
        <span role="status" data-level="warn" class="kept-fault">
          {fault.message} {fault.detail}
        </span>
      )}
    </nav>
  );
}

function Saved({ view: { key, name, address } }: { view: View }) {
  const go = (event: Event): void => {
    event.preventDefault();
    goTo(parseRoute(address));
  };
  return (
    <span class="saved-view">
      <a href={address} aria-current={addressOf(route.value) === address ? 'true' : undefined} onClick={go}>
        {name}
      </a>
      <button type="button" class="quiet" aria-label={`Forget the view ${name}`} onClick={() => void kept.remove(key)}>
        ×
      </button>
    </span>
  );
}

function Naming({ done }: { done: () => void }) {
  const [name, setName] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted !== '' && (await kept.put(keyOf(route.value.screen, wanted), documentOf(wanted, route.value)))) done();
  };
  return (
    <form class="saved-view" onSubmit={(event) => void save(event)}>
      <input ref={field} type="text" aria-label="Name of the view" placeholder="Name" maxLength={nameMax} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      <button type="submit" disabled={name.trim() === ''}>
        Save
      </button>
      <button type="button" class="quiet" onClick={done}>
        Cancel
      </button>
    </form>
  );
}
