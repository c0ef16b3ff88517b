import { useState } from 'preact/hooks';
import type { Flag } from '../../wire/flags';
import { useFlags } from './FlagsContext';
import { readPlan, usualPlan, usualVariant, variantsOf } from './plan';
import type { PlanDraft } from './plan';

/** One rollout at a time; settings of the server are the same for everybody. */
export const mayBegin = (flag: Flag): boolean => flag.forClients && variantsOf(flag).length > 0 && flag.rollout?.status !== 'running' && flag.rollout?.status !== 'paused';

/** Begins a guarded rollout. */
export function RolloutForm({ flag, done }: { flag: Flag; done: () => void }) {
  const { desk } = useFlags();
  const [draft, setDraft] = useState(() => usualPlan(usualVariant(flag)));
  const [reason, setReason] = useState('');
  const plan = readPlan(draft);
  const begin = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (typeof plan !== 'string' && (await desk.beginRollout(flag, plan, reason))) done();
  };
  const field = (name: keyof PlanDraft, label: string) => (
    <label>
      {label}
      <input type="text" value={draft[name]} onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })} />
    </label>
  );
  return (
    <form class="editor rollout-form" aria-label={`Begin a rollout of ${flag.name}`} onSubmit={(event) => void begin(event)}>
      <label>
        Variant
        <select value={draft.variant} onChange={(event) => setDraft({ ...draft, variant: event.currentTarget.value })}>
          {variantsOf(flag).map((variant) => (
            <option key={variant}>{variant}</option>
          ))}
        </select>
      </label>
      {field('steps', 'Steps, in percent')}
      {field('soak', 'Each lasts at least so many seconds')}
      {field('errors', 'It goes back at more errors than so many percent')}
      <label>
        Reason, for the history (optional)
        <input type="text" maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <p class="faults" role="alert">
        {typeof plan === 'string' ? plan : ''}
      </p>
      <p class="actions">
        <button type="submit" disabled={typeof plan === 'string' || desk.busy.value}>
          Begin
        </button>
        <button type="button" class="quiet" onClick={done}>
          Cancel
        </button>
      </p>
    </form>
  );
}
