import { useEffect, useRef } from 'preact/hooks';
import { usePage } from '../../context';
import { count, counted } from '../../format/numbers';
import { EventRow } from './EventRow';
import { FilterBar } from './FilterBar';
import { isFiltering } from './filters';
import type { EventLogModel } from './EventLogModel';

/** The live log above, stored events below, one list. */
export function EventLog() {
  const { log } = usePage();
  usePauseWhileAway(log);
  return (
    <section class="panel log" aria-labelledby="log-title">
      <div class="log-head">
        <h2 id="log-title">Events</h2>
        <Pace log={log} />
        <FilterBar />
      </div>
      <Rows log={log} />
      <Older log={log} />
    </section>
  );
}

function Pace({ log }: { log: EventLogModel }) {
  const { store } = usePage();
  if (!log.paused.value) return <span class="pace">{store.isOld.value ? 'not live' : 'live'}</span>;
  const waiting = log.waiting.value;
  return (
    <button type="button" class="pace paused" onClick={() => log.resume()}>
      Paused{waiting === 0 ? '' : ` · ${count(waiting)} new`}
    </button>
  );
}

function Rows({ log }: { log: EventLogModel }) {
  const shown = log.shown.value;
  if (shown.length === 0) return <Empty log={log} />;
  return (
    <ol
      class="events"
      aria-label="Events, newest first"
      onPointerEnter={(event) => event.pointerType === 'mouse' && log.pause('pointer')}
      onPointerLeave={() => log.release('pointer')}
      onFocusIn={() => log.pause('focus')}
      onFocusOut={() => log.release('focus')}
    >
      {shown.map((event) => (
        <EventRow key={event.key} event={event} />
      ))}
    </ol>
  );
}

function Empty({ log }: { log: EventLogModel }) {
  if (log.olderState.value === 'loading') return <p class="muted empty">Looking in the store.</p>;
  if (isFiltering(log.filters.value)) return <p class="muted empty">No event passes the filter.</p>;
  return (
    <div class="muted empty">
      <p>No events yet. Send the first one:</p>
      <pre>{`curl -H 'content-type: application/json' ${new URL('api/events', document.baseURI).href} \\\n  -d '{"event_type":"hello.world","data":{"from":"curl"}}'`}</pre>
    </div>
  );
}

/** Reaching the end asks for more; the button is for keyboards, and for trying again. */
function Older({ log }: { log: EventLogModel }) {
  const state = log.olderState.value;
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const watching = new IntersectionObserver(([entry]) => entry?.isIntersecting === true && typeof log.olderState.peek() === 'string' && void log.more(), { rootMargin: '200px' });
    if (end.current !== null) watching.observe(end.current);
    return () => watching.disconnect();
  }, [state, log.shown.value.length]);

  const remaining = log.all.value.length > log.shown.value.length;
  if (remaining || state === 'ready' || typeof state === 'object') {
    return (
      <div class="older" ref={end}>
        {typeof state === 'object' ? <span>Older events cannot be read: {state.fault} </span> : null}
        <button type="button" class="quiet" onClick={() => void log.more()}>
          {typeof state === 'object' ? 'Try again' : 'Older events'}
        </button>
      </div>
    );
  }
  return <p class="older muted">{endWords(state, log.all.value.length)}</p>;
}

function endWords(state: 'loading' | 'end' | 'full', length: number): string {
  if (state === 'loading') return 'Loading older events.';
  return state === 'full' ? 'Older ones are found with a filter.' : length === 0 ? '' : `That is all: ${counted(length, 'event')}.`;
}

function usePauseWhileAway(log: EventLogModel): void {
  useEffect(() => {
    const away = (): void => log.pause('away');
    const back = (): void => log.release('away');
    window.addEventListener('blur', away);
    window.addEventListener('focus', back);
    return () => {
      window.removeEventListener('blur', away);
      window.removeEventListener('focus', back);
      log.resume();
    };
  }, [log]);
}
