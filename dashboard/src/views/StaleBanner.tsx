import { usePage } from '../context';
import { clockTime, duration } from '../format/time';
import { nextTry } from './connection';

/** Old figures are never shown as if they were live: past two seconds this stands above them and tells their age. */
export function StaleBanner() {
  const { store, source } = usePage();
  const { state, reason, lastFrameAt } = store.connection.value;
  const ageMs = store.dataAgeMs.value;
  if (!store.isOld.value) return null;

  const shownSince = store.now.value - ageMs;
  return (
    <div class="stale-banner" role="alert">
      <p>
        <b>{state === 'stale' ? 'The server is silent.' : state === 'failed' ? 'The server refuses this page.' : 'No connection.'}</b>{' '}
        {lastFrameAt === null ? 'These figures came with the page' : `What you see is from ${clockTime(shownSince, store.now.value)}`}, <span class="age">{duration(ageMs)}</span> old.{' '}
        {state === 'failed' ? reason : nextTry(store.connection.value, store.now.value)}
      </p>
      {state === 'offline' || state === 'failed' ? (
        <button type="button" onClick={() => source.retryNow()}>
          Try now
        </button>
      ) : null}
    </div>
  );
}
