import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { usePage } from '../../context';
import { afterPicture } from '../../ui/pictures';
import { EventLog } from '../events/EventLog';
import { ChartGrid } from './ChartGrid';
import { DatabasePanel } from './DatabasePanel';
import { HealthLine } from './HealthLine';
import { LedgerPanel } from './LedgerPanel';

/** What stands below the first lines. On a page that was just opened it comes when these are on the screen and live, one after the other. */
const below = { charts: ChartGrid, events: EventLog };

/** How many pictures it waits for the first lines to be live. */
const picturesMax = 10;

/** How many parts of it stand, for as long as the page is open. */
const standing = signal(0);

/** The first screen: what is wrong, whether anything is missing, how the machine fares, what happens. */
export function Overview() {
  const { store } = usePage();
  useEffect(() => void standAll(() => store.isBeginning.peek()), [store]);
  return (
    <>
      <HealthLine />
      <DatabasePanel />
      <LedgerPanel />
      {Object.entries(below)
        .slice(0, standing.value)
        .map(([name, Part]) => (
          <Part key={name} />
        ))}
    </>
  );
}

async function standAll(isBeginning: () => boolean): Promise<void> {
  const all = Object.keys(below).length;
  for (let picture = 0; picture < picturesMax && standing.peek() === 0 && isBeginning(); picture++) await afterPicture();
  while (standing.peek() < all) {
    await afterPicture();
    standing.value = Math.min(standing.peek() + 1, all);
  }
}
