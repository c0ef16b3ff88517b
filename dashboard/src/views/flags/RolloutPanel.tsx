import { mayOperate } from '../../api/access';
import { usePage } from '../../context';
import { count, percent, short } from '../../format/numbers';
import { question } from '../../work/question';
import type { Figures, Flag, Rollout } from '../../wire/flags';
import { useFlags } from './FlagsContext';
import { guardWords, rolloutWords, soakWords } from './words';

/** How far a guarded rollout is, what would undo it, and how to steer it. */
export function RolloutPanel({ flag, rollout }: { flag: Flag; rollout: Rollout }) {
  const { store } = usePage();
  const isOver = rollout.status === 'completed' || rollout.status === 'rolled_back';
  return (
    <section class="rollout" aria-label={`Rollout of ${flag.name}`} data-level={rollout.status === 'rolled_back' ? 'bad' : rollout.status === 'paused' ? 'warn' : 'note'}>
      <p>
        <b>{rolloutWords(rollout)}</b> {rollout.because}
      </p>
      <Steps rollout={rollout} />
      {isOver ? null : (
        <>
          <p class="figure">{soakWords(rollout, store.serverNow.value)}</p>
          <dl>
            {guardWords(rollout).map(([name, words]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
          <Measured rollout={rollout} />
          {mayOperate.value ? <Steer flag={flag} rollout={rollout} /> : null}
        </>
      )}
    </section>
  );
}

/** What the guards go by, beside what they allow. */
function Measured({ rollout: { variant, measured, guards } }: { rollout: Rollout }) {
  if (measured === null) return <p class="muted">Nothing of it was judged yet.</p>;
  return (
    <table class="measured">
      <caption class="visually-hidden">What was measured, of {variant} and of the others</caption>
      <thead>
        <tr>
          <th scope="col">Measured</th>
          <th scope="col">Requests</th>
          <th scope="col">Errors</th>
          <th scope="col">95 % within</th>
        </tr>
      </thead>
      <tbody>
        <FiguresRow name={variant} figures={measured.variant} isBad={measured.variant.errorRate > guards.errorRate} isSlow={isSlow(measured.variant, measured.others, guards.latencyFactor)} />
        <FiguresRow name="the others" figures={measured.others} isBad={false} isSlow={false} />
      </tbody>
    </table>
  );
}

const isSlow = (variant: Figures, others: Figures, factor: number): boolean => variant.p95Ms !== null && others.p95Ms !== null && variant.p95Ms > factor * others.p95Ms;

function FiguresRow({ name, figures: { requests, errors, errorRate, p95Ms }, isBad, isSlow: slow }: { name: string; figures: Figures; isBad: boolean; isSlow: boolean }) {
  return (
    <tr data-measured={name}>
      <th scope="row">{name}</th>
      <td class="figure">{count(requests)}</td>
      <td class="figure" data-level={isBad ? 'bad' : undefined}>
        {count(errors)} ({percent(errorRate)}){isBad ? ', too many' : ''}
      </td>
      <td class="figure" data-level={slow ? 'bad' : undefined}>
        {p95Ms === null ? '–' : `${short(p95Ms)} ms`}
        {slow ? ', too slow' : ''}
      </td>
    </tr>
  );
}

function Steps({ rollout: { steps, step, status } }: { rollout: Rollout }) {
  const at = status === 'rolled_back' ? -1 : status === 'completed' ? steps.length : step;
  return (
    <ol class="steps" aria-label="Steps">
      {steps.map((percent, index) => (
        <li key={percent} aria-current={index === at ? 'step' : undefined} data-done={index < at}>
          {percent} %{index < at ? <span class="visually-hidden"> done</span> : null}
        </li>
      ))}
    </ol>
  );
}

function Steer({ flag, rollout }: { flag: Flag; rollout: Rollout }) {
  const { desk } = useFlags();
  const next = rollout.status === 'running' ? 'pause' : 'resume';
  const rollBack = (): void => {
    question.value = {
      title: `Roll ${flag.name} back?`,
      text: `The share of ${rollout.variant} goes back to what it was before the rollout, at once, and stays there.`,
      button: 'Roll back',
      typed: '',
      act: (reason) => void desk.steer(flag, 'rollback', reason),
    };
  };
  return (
    <p class="actions">
      <button type="button" data-action={next} disabled={desk.busy.value} onClick={() => void desk.steer(flag, next, '')}>
        {next === 'pause' ? 'Pause' : 'Resume'}
      </button>
      <button type="button" data-action="rollback" disabled={desk.busy.value} onClick={rollBack}>
        Roll back
      </button>
    </p>
  );
}
