import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { HealthApi } from '../../api/health';
import type { NotePage } from '../../api/health';
import { ApiFault } from '../../api/request';
import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { visible } from '../../format/json';
import { short } from '../../format/numbers';
import { duration, relative } from '../../format/time';
import { CopyButton } from '../../ui/CopyButton';
import type { Budget, Check, HealthReport, Rule } from '../../wire/health';
import { Confirm } from '../../work/Confirm';
import { Failed } from '../../work/Failed';
import { Polled } from '../../work/Polled';
import { question } from '../../work/question';
import { faultWords } from '../../work/said';
import type { Said } from '../../work/said';
import { emptyHealthFilters } from './filters';
import { HealthHistory, lookEveryMs, showHistoryOf } from './HealthHistory';
import { worstFirst } from './incidents';
import { Results } from './Results';
import { budgetWords, levelOf, levelOfBudget, ruleWords, stateWords, valueWords } from './words';
import '../../work/work.css';
import '../parts/parts.css';
import './health.css';

/** What the server finds when it checks itself, how well it kept its promises, what it did about it, and what happened. */
export function HealthScreen() {
  const api = useMemo(() => new HealthApi(document.baseURI), []);
  const report = useMemo(() => new Polled<HealthReport>((aborted) => api.report(aborted), lookEveryMs), [api]);
  const history = useMemo(() => new Polled<NotePage>((aborted) => api.history(emptyHealthFilters, null, aborted), lookEveryMs), [api]);
  const said = useSignal<Said | null>(null);
  useEffect(() => {
    const stops = [report.start(), history.start()];
    return () => stops.forEach((stop) => stop());
  }, [report, history]);
  const act: Act = async (failing, work) => {
    said.value = await work().catch((fault: unknown) => faultWords(failing, ApiFault.of(fault)));
    await Promise.all([report.look(), history.look()]);
  };
  const [now, fault] = [report.value.value, report.fault.value];
  return (
    <section class="panel log parts health-screen" aria-labelledby="health-title">
      <div class="log-head">
        <h2 id="health-title">Health</h2>
        {now === null ? null : <Whole report={now} />}
        <CopyButton label="Copy as curl" text={() => curlGet(api.reportUrl())} />
      </div>
      <p class="outcome" role="status" data-level={said.value?.level}>
        {said.value?.text}
      </p>
      {fault === null ? null : <Failed fault={fault} stale={now !== null} again={() => void report.look()} />}
      {now === null ? null : (
        <>
          <ul class="part-list" aria-label="Checks">
            {worstFirst(now.checks).map((check) => (
              <CheckItem key={check.name} check={check} run={() => void act(`${check.name} cannot be run`, () => runCheck(api, check.name))} />
            ))}
          </ul>
          <Promises report={now} />
          <Recovery report={now} run={(rule, reason) => void act(`${rule} cannot be run`, () => runRule(api, rule, reason))} />
          <HealthHistory api={api} checks={now.checks} newest={history.value.value} />
        </>
      )}
      <Confirm />
    </section>
  );
}

type Act = (failing: string, work: () => Promise<Said>) => Promise<void>;

async function runCheck(api: HealthApi, name: string): Promise<Said> {
  await api.runCheck(name);
  return { level: 'ok', text: `${name} was run: what it found is below.` };
}

async function runRule(api: HealthApi, name: string, reason: string): Promise<Said> {
  const outcome = await api.runRule(name, reason);
  return { level: outcome === 'failed' ? 'bad' : 'ok', text: `${name} was run: ${outcome.replaceAll('_', ' ')}.` };
}

function Whole({ report: { state, score, since } }: { report: HealthReport }) {
  const { store } = usePage();
  return (
    <span class="whole" data-level={levelOf(state)}>
      <b>{score} of 100</b>, {state}
      {since === null ? '' : ` since ${relative(Math.min(since, store.serverNow.value), store.serverNow.value)}`}
    </span>
  );
}

function CheckItem({ check: { name, state, since, checkedAt, tookMs, periodSeconds, detail, values, results, flaps, flapping, enabled }, run }: { check: Check; run: () => void }) {
  const { store } = usePage();
  const now = store.serverNow.value;
  const lasts = since === null ? '' : ` for ${duration(Math.max(0, now - since))}`;
  return (
    <li data-check={name} data-level={levelOf(state)}>
      <div class="part-head">
        <b>{name}</b>
        <span class="state">{enabled ? stateWords[state] + lasts : 'switched off'}</span>
        {mayOperate.value && enabled ? (
          <button type="button" class="quiet" aria-label={`Run now: ${name}`} onClick={run}>
            Run now
          </button>
        ) : null}
        <button type="button" class="quiet" aria-label={`History: ${name}`} onClick={() => showHistoryOf(name)}>
          History
        </button>
      </div>
      {detail === '' ? null : <p>{visible(detail)}</p>}
      <Results results={results} />
      <p class="muted">
        {[...values.map(valueWords), flaps === 0 ? '' : `flaps ${short(flaps)} %${flapping ? ', too often' : ''}`, tookMs === null ? '' : `took ${short(tookMs)} ms`, checkedAt === null ? 'not checked yet' : `checked ${relative(Math.min(checkedAt, now), now)}, every ${duration(periodSeconds * 1000)}`]
          .filter((part) => part !== '')
          .join(' · ')}
      </p>
    </li>
  );
}

/** Uptime and errors against what is promised. */
function Promises({ report: { uptime, errors } }: { report: HealthReport }) {
  return (
    <>
      <h3 class="part-title">What is promised</h3>
      <ul class="part-list">
        <BudgetItem name="Uptime" of="uptime" budgets={uptime} />
        <BudgetItem name="Errors" of="errors" budgets={errors} />
      </ul>
    </>
  );
}

function BudgetItem({ name, of, budgets }: { name: string; of: 'uptime' | 'errors'; budgets: readonly Budget[] }) {
  return (
    <li>
      <b>{name}</b>
      {budgets.map((budget) => (
        <p key={budget.window} class="figure budget" data-budget={`${of} ${budget.window}`} data-level={levelOfBudget(budget, of)}>
          {budgetWords(budget, of)}
        </p>
      ))}
    </li>
  );
}

/** What is done without anybody, and what came of it. */
function Recovery({ report: { rules, recovers, dryRun }, run }: { report: HealthReport; run: (rule: string, reason: string) => void }) {
  return (
    <>
      <h3 class="part-title">Recovery{recovers ? (dryRun ? ' (only told, not done)' : '') : ' (switched off)'}</h3>
      <ul class="part-list">
        {rules.length === 0 ? <li class="muted">There is no rule.</li> : null}
        {rules.map((rule) => (
          <RuleItem key={rule.name} rule={rule} offered={recovers} run={(reason) => run(rule.name, reason)} />
        ))}
      </ul>
    </>
  );
}

function RuleItem({ rule, offered, run }: { rule: Rule; offered: boolean; run: (reason: string) => void }) {
  const { store } = usePage();
  const now = store.serverNow.value;
  const { name, lastAt, lastOutcome, firedInHour, perHour, restingUntil } = rule;
  const ask = (): void => {
    question.value = { title: `Run ${name} now?`, text: `${ruleWords(rule)} Its actions are done once, whatever its check says.`, button: 'Run', typed: '', act: run };
  };
  return (
    <li data-rule={name}>
      <div class="part-head">
        <b>{name}</b>
        {mayOperate.value && offered ? (
          <button type="button" class="quiet" aria-label={`Run now: ${name}`} onClick={ask}>
            Run now
          </button>
        ) : null}
      </div>
      <p>{ruleWords(rule)}</p>
      <p class="muted">
        {lastAt === null ? 'It has not acted yet.' : `Last acted ${relative(Math.min(lastAt, now), now)}: ${lastOutcome.replaceAll('_', ' ')}. ${firedInHour} of ${perHour} this hour.`}
        {restingUntil !== null && restingUntil > now ? ` It rests for ${duration(restingUntil - now)}.` : ''}
      </p>
    </li>
  );
}
