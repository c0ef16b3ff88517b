import { useState } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import type { WholeFlag } from '../../api/flags';
import { ApiFault } from '../../api/request';
import { usePage } from '../../context';
import { relative } from '../../format/time';
import { Fact } from '../../work/Facts';
import { question } from '../../work/question';
import { origins } from '../../wire/flags';
import type { Flag, Origin } from '../../wire/flags';
import { Explain } from './Explain';
import { FlagEditor } from './FlagEditor';
import { useFlags } from './FlagsContext';
import { History } from './History';
import { mayBegin, RolloutForm } from './RolloutForm';
import { RolloutPanel } from './RolloutPanel';
import { applyWords, originTitles, placeWords, ruleWords, unsettable, valueWords } from './words';

/** All that is known of a flag, read anew when it is opened. */
export function FlagDetail({ name }: { name: string }) {
  const opened = useFlags().desk.opened.value;
  const whole = opened?.name === name ? opened.whole : null;
  return (
    <div class="event-detail flag-detail">
      {whole === null ? (
        <p class="muted">Reading {name}.</p>
      ) : whole instanceof ApiFault ? (
        <p role="alert">
          <b>{whole.message}</b> {whole.detail}
        </p>
      ) : (
        <Whole whole={whole} />
      )}
    </div>
  );
}

function Whole({ whole }: { whole: WholeFlag }) {
  const { desk } = useFlags();
  const { flag } = whole;
  return (
    <>
      {flag.description === '' ? null : <p>{flag.description}</p>}
      <Facts flag={flag} />
      <Layers flag={flag} />
      {flag.rollout === null ? null : <RolloutPanel flag={flag} rollout={flag.rollout} />}
      {desk.editing.value ? <FlagEditor whole={whole} /> : <Actions whole={whole} />}
      {flag.forClients ? <Explain key={flag.name} flag={flag} /> : null}
      <History key={flag.name} flag={flag} />
    </>
  );
}

function Facts({ flag }: { flag: Flag }) {
  const { store } = usePage();
  const { type, apply, forClients, rule, updatedAt, updatedBy } = flag;
  return (
    <dl>
      <Fact name="type" value={`${type}${forClients ? ', told to clients' : ''}`} />
      <Fact name="a change" value={`takes effect ${applyWords[apply]}`} />
      <Fact name="rule" value={rule === null ? '' : ruleWords(rule)} />
      <Fact name="set by" value={updatedAt === null ? '' : `${updatedBy}, ${relative(updatedAt, store.serverNow.value)}`} />
    </dl>
  );
}

/** Every layer there could be, the strongest first: which one wins is to be seen at a glance. */
function Layers({ flag }: { flag: Flag }) {
  const possible = flag.environmentName === '' ? origins.filter((origin) => origin === 'override' || origin === 'runtime') : origins;
  return (
    <table class="layers">
      <caption class="visually-hidden">What each layer says, the strongest first</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Layer</th>
          <th scope="col">Says</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {possible.map((origin) => (
          <Layer key={origin} flag={flag} origin={origin} />
        ))}
      </tbody>
    </table>
  );
}

function Layer({ flag, origin }: { flag: Flag; origin: Origin }) {
  const said = flag.layers.find((layer) => layer.origin === origin);
  const wins = flag.origin === origin;
  return (
    <tr data-wins={wins}>
      <th scope="row" title={placeWords(origin, flag)}>
        {originTitles[origin]}
      </th>
      <td class="says">{said === undefined ? <span class="muted">nothing</span> : valueWords(said.value)}</td>
      <td class="state">{wins ? 'in effect' : said === undefined ? '' : 'hidden'}</td>
    </tr>
  );
}

/** What the server would refuse is not offered; why stands there instead. */
function Actions({ whole: { flag } }: { whole: WholeFlag }) {
  const { desk } = useFlags();
  const why = unsettable(flag);
  const busy = desk.busy.value;
  const [planning, setPlanning] = useState(false);
  if (!mayOperate.value) return null;
  if (planning) return <RolloutForm flag={flag} done={() => setPlanning(false)} />;
  return (
    <>
      {why === null ? null : <p class="note">{why}</p>}
      <p class="actions">
        {why === null ? (
          <button type="button" data-action="change" disabled={busy} onClick={() => (desk.editing.value = true)}>
            Change
          </button>
        ) : null}
        {flag.version === 0 ? null : (
          <button type="button" data-action="reset" disabled={busy} onClick={() => askReset(flag, (reason) => void desk.reset(flag, reason))}>
            {flag.environmentName === '' ? 'Delete' : 'Reset'}
          </button>
        )}
        {why === null && mayBegin(flag) ? (
          <button type="button" data-action="begin-rollout" disabled={busy} onClick={() => setPlanning(true)}>
            Begin a rollout
          </button>
        ) : null}
        {flag.rule === null ? null : (
          <button type="button" data-action="kill" disabled={busy} onClick={() => askKill(flag, (killed, reason) => void desk.kill(flag, killed, reason))}>
            {flag.rule.enabled ? 'Kill' : 'Revive'}
          </button>
        )}
      </p>
    </>
  );
}

function askReset(flag: Flag, act: (reason: string) => void): void {
  const own = flag.environmentName === '';
  question.value = {
    title: `${own ? 'Delete' : 'Reset'} ${flag.name}?`,
    text: own ? 'Nothing is left of the flag; clients get what they have in their code. Its history stays.' : 'What is set at run time is taken back on every node, and the layer below is in effect.',
    button: own ? 'Delete' : 'Reset',
    typed: '',
    act,
  };
}

function askKill(flag: Flag, act: (killed: boolean, reason: string) => void): void {
  const killed = flag.rule?.enabled === true;
  question.value = {
    title: `${killed ? 'Kill' : 'Revive'} ${flag.name}?`,
    text: killed ? 'Everybody gets its off variant at once, whatever its rule says. A rollout of it stands still.' : 'Its rule decides again who gets what; a rollout that was under way goes on.',
    button: killed ? 'Kill' : 'Revive',
    typed: '',
    act: (reason) => act(killed, reason),
  };
}
