import { bytes, counted } from '../format/numbers';
import { duration } from '../format/time';
import type { Ledger, LiveState, Spool } from '../state/model';
import { ledgerTerms } from '../state/model';

/** `unknown`: nobody can tell at present. */
export type Level = 'ok' | 'note' | 'warn' | 'bad' | 'unknown';

export interface Finding {
  readonly level: Exclude<Level, 'ok' | 'unknown'>;
  readonly sentence: string;
}

export interface Health {
  readonly level: Level;
  readonly headline: string;
  /** What else is the matter, worst first. */
  readonly more: readonly Finding[];
}

const severity = { bad: 0, warn: 1, note: 2 } as const;

/** What is wrong, in words a person can act on at night; the worst first. */
export function assess(state: Known): Health {
  if (state.status === null && state.ledger === null && state.spool === null) return { level: 'unknown', headline: 'Waiting for the first values.', more: [] };

  const told = fromServer(state);
  const findings = [...(told.length > 0 ? told : fromFacts(state)), ...fromWaiting(state)].sort((a, b) => severity[a.level] - severity[b.level]);
  const [worst, ...more] = findings;
  return worst === undefined ? fine : { level: worst.level, headline: worst.sentence, more };
}

/** What was known before the server went out of sight. Old health is not health: it is told as what it is. */
export function lastSeen(health: Health): Health {
  const before = health.level === 'ok' ? 'When it was last seen, all was well.' : `When it was last seen: ${health.headline}`;
  return { ...health, level: 'unknown', headline: `The server cannot be seen. ${before}` };
}

const fine: Health = { level: 'ok', headline: 'All is well. Everything received is accounted for.', more: [] };

type Known = Pick<LiveState, 'status' | 'ledger' | 'spool' | 'gaps'>;

/** The server explains itself best; how grave it is the page sees from the figures beside. */
function fromServer(state: Known): readonly Finding[] {
  const grave = fromFacts(state).some(({ level }) => level === 'bad');
  return (state.status?.problems ?? []).map((sentence) => ({ level: grave ? 'bad' : 'warn', sentence }));
}

function fromFacts({ status, ledger, spool }: Known): readonly Finding[] {
  return [
    ...(ledger === null ? [] : fromLedger(ledger)),
    ...(spool === null ? [] : fromSpool(spool)),
    ...finding(status?.state === 'degraded', 'warn', 'The server is degraded.'),
  ];
}

function fromLedger(ledger: Ledger): readonly Finding[] {
  const { lost } = totals(ledger);
  const unexplained = Math.abs(ledger.error ?? 0);
  return [
    ...finding(unexplained > 0, 'bad', `${counted(unexplained, 'row')} cannot be accounted for: the ledger does not balance.`),
    ...finding(lost > 0, 'bad', `${counted(lost, 'row')} ${wasWere(lost)} lost: the disk did not keep what it had confirmed.`),
  ];
}

function fromSpool(spool: Spool): readonly Finding[] {
  const used = `${bytes(spool.liveBytes)} of ${bytes(spool.diskBytesMax)}`;
  const waiting = `${counted(spool.rows, 'row')} wait to be stored, the oldest for ${duration(spool.oldestAgeSeconds * 1000)}`;
  return [
    ...finding(spool.fault !== null, 'bad', `The spool cannot be written: ${spool.fault}`),
    ...finding(spool.level === 'refuse', 'bad', `The spool is full (${used}): new data is refused until the store takes some.`),
    ...finding(spool.level === 'slow', 'warn', `The spool is nearly full (${used}): producers are being slowed down.`),
    ...finding(spool.level === 'warn', 'warn', `The spool is filling (${used}): ${waiting}.`),
  ];
}

/** Nothing is broken, but someone should look. */
function fromWaiting({ ledger, gaps }: Known): readonly Finding[] {
  const { parked, dead_lettered: dead } = ledger === null ? { parked: 0, dead_lettered: 0 } : totals(ledger);
  return [
    ...finding(parked > 0, 'warn', `${counted(parked, 'row')} ${isAre(parked)} parked until someone decides about them.`),
    ...finding(dead > 0, 'note', `${counted(dead, 'row')} could not be stored and ${isAre(dead)} kept as dead letters.`),
    ...finding(gaps.length > 0, 'note', 'This page missed some live events; the store has them.'),
  ];
}

const isAre = (value: number): string => (value === 1 ? 'is' : 'are');
const wasWere = (value: number): string => (value === 1 ? 'was' : 'were');

const finding = (holds: boolean, level: Finding['level'], sentence: string): readonly Finding[] => (holds ? [{ level, sentence }] : []);

function totals({ events, samples }: Ledger): Ledger['events'] {
  const terms = ['received', ...ledgerTerms] as const;
  return Object.fromEntries(terms.map((term) => [term, events[term] + samples[term]])) as Ledger['events'];
}
