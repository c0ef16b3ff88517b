import { send } from '../api/request';
import { list, record } from '../wire/read';
import type { SourcePlan } from './SourceSwitch';

const storageName = 'holdfast-live-plan';
const sessionName = 'holdfast-session';

/** Our own socket alone, with the other way at hand: what holds until a server has said something else. */
export const usualPlan: SourcePlan = { preferred: 'websocket', dual: false, allowed: { websocket: true, realtime: true } };

/** What the flags say of the live sources. A value that is missing or of another kind is as usual; no source at all is never meant. */
export function planOf(flags: ReadonlyMap<string, unknown>): SourcePlan {
  const is = (name: string, otherwise: boolean): boolean => {
    const value = flags.get(name);
    return typeof value === 'boolean' ? value : otherwise;
  };
  const [websocket, realtime] = [is('dashboard.websocket_enabled', true), is('dashboard.realtime_enabled', true)];
  return {
    preferred: flags.get('dashboard.transport') === 'realtime' ? 'realtime' : 'websocket',
    dual: is('dashboard.dual_mode', false),
    allowed: websocket || realtime ? { websocket, realtime } : { websocket: true, realtime: false },
  };
}

/** Asks the server, as any OpenFeature client does; the same session always falls into the same share of a rollout. */
export async function fetchPlan(base: string): Promise<SourcePlan> {
  const body = JSON.stringify({ context: { targetingKey: sessionId() } });
  const answer = record(JSON.parse(await send('POST', new URL('ofrep/v1/evaluate/flags', base), body)));
  const plan = planOf(new Map(list(answer.flags).map((flag) => [String(record(flag).key), record(flag).value])));
  localStorage.setItem(storageName, JSON.stringify(plan));
  return plan;
}

/** What was last known, for the time until the server has answered. */
export function lastPlan(): SourcePlan {
  try {
    const known = record(JSON.parse(localStorage.getItem(storageName) ?? 'null'));
    const allowed = record(known.allowed);
    return planOf(
      new Map<string, unknown>([
        ['dashboard.transport', known.preferred],
        ['dashboard.dual_mode', known.dual],
        ['dashboard.websocket_enabled', allowed.websocket],
        ['dashboard.realtime_enabled', allowed.realtime],
      ]),
    );
  } catch {
    return usualPlan; // somebody else has written there
  }
}

function sessionId(): string {
  const known = sessionStorage.getItem(sessionName);
  if (known !== null) return known;
  const made = crypto.getRandomValues(new Uint32Array(4)).join('-');
  sessionStorage.setItem(sessionName, made);
  return made;
}
