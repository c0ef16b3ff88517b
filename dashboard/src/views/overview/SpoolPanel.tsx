import { usePage } from '../../context';
import { bytes, count, percent, perSecond } from '../../format/numbers';
import { duration } from '../../format/time';
import type { Rates, Spool, SpoolLevel } from '../../state/model';

const levelWords: Readonly<Record<SpoolLevel, string>> = {
  ok: 'Plenty of room',
  warn: 'Filling',
  slow: 'Nearly full, producers are slowed down',
  refuse: 'Full, new data is refused',
};

/** What waits on this disk, how much room there is, and how much passes through. */
export function SpoolPanel() {
  const { store } = usePage();
  const spool = store.spool.value;
  return (
    <section class="panel spool" aria-labelledby="spool-title">
      <h3 id="spool-title">Spool</h3>
      {spool === null ? <p class="muted">Not known yet.</p> : <Fill spool={spool} />}
      {store.rates.value === null ? null : <Throughput rates={store.rates.value} />}
    </section>
  );
}

function Fill({ spool }: { spool: Spool }) {
  const share = spool.diskBytesMax === 0 ? 0 : Math.min(1, spool.liveBytes / spool.diskBytesMax);
  return (
    <>
      <p class="spool-words">
        <b>{spool.fault === null ? levelWords[spool.level] : 'Cannot be written'}</b>{' '}
        <span class="muted">
          {bytes(spool.liveBytes)} of {bytes(spool.diskBytesMax)}
        </span>
      </p>
      <div
        class="fill"
        data-level={spool.fault === null ? spool.level : 'refuse'}
        role="meter"
        aria-label="Spool fill"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={`${percent(share)}, ${levelWords[spool.level]}`}
      >
        <span style={{ width: `${share * 100}%` }} />
        <i class="mark warn" title="warns from 70 %" />
        <i class="mark slow" title="slows producers from 85 %" />
        <i class="mark refuse" title="refuses from 95 %" />
      </div>
      <dl class="figures">
        <Figure name="waiting" value={`${count(spool.rows)} rows`} />
        <Figure name="batches" value={count(spool.batches)} />
        <Figure name="oldest" value={spool.batches === 0 ? 'none' : duration(spool.oldestAgeSeconds * 1000)} />
      </dl>
    </>
  );
}

function Throughput({ rates }: { rates: Rates }) {
  return (
    <dl class="figures">
      <Figure name="events" value={perSecond(rates.eventsPerSecond)} />
      <Figure name="samples" value={perSecond(rates.samplesPerSecond)} />
      <Figure name="refused" value={perSecond(rates.refusedPerSecond)} />
    </dl>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure">{value}</dd>
    </div>
  );
}
