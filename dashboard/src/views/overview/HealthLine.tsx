import { useComputed } from '@preact/signals';
import { usePage } from '../../context';
import { counted } from '../../format/numbers';
import { storeName } from '../../format/stores';
import { duration } from '../../format/time';
import { assess, lastSeen } from '../../health/assess';
import type { Level } from '../../health/assess';
import type { ServerStatus } from '../../state/model';

const levelWords: Readonly<Record<Level, string>> = { ok: 'Healthy', note: 'Note', warn: 'Attention', bad: 'Trouble', unknown: 'Unknown' };

/** What is wrong, first and in words. */
export function HealthLine() {
  const { store } = usePage();
  const known = useComputed(() => assess(store.state.value)).value;
  const health = store.isOld.value ? lastSeen(known) : known;
  return (
    <section class="health" data-level={health.level} aria-label="Health">
      <p class="headline">
        <span class="badge">{levelWords[health.level]}</span> {health.headline}
      </p>
      {health.more.length === 0 ? null : (
        <ul>
          {health.more.map(({ level, sentence }) => (
            <li key={sentence} data-level={level}>
              {sentence}
            </li>
          ))}
        </ul>
      )}
      <Facts />
    </section>
  );
}

function Facts() {
  const { store } = usePage();
  const status = store.status.value;
  if (status === null) return null;
  return (
    <p class="facts">
      {facts(status, store.watchers.value).map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
      <span class="uptime">Up {duration(status.uptimeSeconds * 1000)}</span>
    </p>
  );
}

function facts(status: ServerStatus, watchers: number): readonly string[] {
  return [
    `Stored in ${storeName(status.store)}`,
    durabilityWords.get(status.durability) ?? `Durability: ${status.durability}`,
    counted(watchers, 'watcher'),
    `Version ${status.version}`,
  ];
}

const durabilityWords: ReadonlyMap<string, string> = new Map([
  ['durable', 'Confirmed when on disk'],
  ['process', 'Confirmed before it is on disk: survives a crash of the process, not of the machine'],
  ['memory', 'Confirmed in memory only: a crash loses what is not stored'],
]);
