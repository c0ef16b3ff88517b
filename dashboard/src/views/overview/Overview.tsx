import { EventLog } from '../events/EventLog';
import { ChartGrid } from './ChartGrid';
import { DatabasePanel } from './DatabasePanel';
import { HealthLine } from './HealthLine';
import { LedgerPanel } from './LedgerPanel';

/** The first screen: what is wrong, whether anything is missing, how the machine fares, what happens. */
export function Overview() {
  return (
    <>
      <HealthLine />
      <DatabasePanel />
      <LedgerPanel />
      <ChartGrid />
      <EventLog />
    </>
  );
}
