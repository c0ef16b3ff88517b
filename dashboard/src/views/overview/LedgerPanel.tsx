import { usePage } from '../../context';
import { count } from '../../format/numbers';
import { clockTime } from '../../format/time';
import { ledgerTerms } from '../../state/model';
import type { Ledger, LedgerLine, LedgerTerm } from '../../state/model';

const termWords: Readonly<Record<LedgerTerm, readonly [name: string, meaning: string]>> = {
  stored: ['stored', 'Rows the store holds'],
  dead_lettered: ['dead letters', 'Rows the store refused, kept with the reason'],
  parked: ['parked', 'Kept in the spool until someone decides'],
  spooled: ['spooled', 'Durable on this disk, on their way to the store'],
  duplicates: ['duplicates', 'Sent more than once, stored once'],
  discarded: ['discarded', 'Dead letters removed by an operator or a policy'],
  lost: ['lost', 'Confirmed and then destroyed with the disk'],
};

/** The proof that nothing is missing: what was received equals everything that became of it. */
export function LedgerPanel() {
  const { store } = usePage();
  const ledger = store.ledger.value;
  return (
    <section class="panel ledger" aria-labelledby="ledger-title">
      <h2 id="ledger-title">Ledger</h2>
      {ledger === null ? <p class="muted">Not known yet.</p> : <Balance ledger={ledger} now={store.now.value} />}
    </section>
  );
}

function Balance({ ledger, now }: { ledger: Ledger; now: number }) {
  return (
    <>
      <Equation name="Events" line={ledger.events} />
      <Equation name="Samples" line={ledger.samples} />
      <p class="ledger-error" data-balanced={ledger.error === null ? 'unknown' : ledger.error === 0}>
        <b>Error {ledger.error === null ? 'not known' : count(ledger.error)}</b> {verdict(ledger)}
        {ledger.sampledAt === 0 ? null : <span class="muted"> as of {clockTime(ledger.sampledAt, now)}</span>}
      </p>
    </>
  );
}

function verdict({ error }: Ledger): string {
  if (error === null) return 'because the store cannot be asked at present: these are the last known terms';
  return error === 0 ? 'every row is accounted for' : 'the two sides differ';
}

function Equation({ name, line }: { name: string; line: LedgerLine }) {
  return (
    <p class="equation" data-ledger={name.toLowerCase()}>
      <span class="kind">{name}</span>
      <Term name="received" meaning="Rows confirmed to their producers" value={line.received} always />
      {ledgerTerms.map((term, at) => (
        <Term key={term} operator={at === 0 ? '=' : '+'} name={termWords[term][0]} meaning={termWords[term][1]} value={line[term]} always={term === 'stored'} alarming={term === 'lost'} />
      ))}
    </p>
  );
}

interface TermProps {
  readonly operator?: '=' | '+';
  readonly name: string;
  readonly meaning: string;
  readonly value: number;
  readonly always?: boolean;
  readonly alarming?: boolean;
}

function Term({ operator, name, meaning, value, always = false, alarming = false }: TermProps) {
  const weight = value === 0 && !always ? 'zero' : alarming ? 'alarming' : '';
  return (
    <span class={`term ${weight}`} title={meaning}>
      {operator === undefined ? null : <span class="operator">{operator}</span>}
      <b>{count(value)}</b> <span>{name}</span>
    </span>
  );
}
