import type { EventItem } from '../../state/model';
import { isNumber, record, text } from '../../wire/read';

/** The events that tell of sessions. */
export const sessionTypes = ['session_start', 'session_metrics', 'session_end'] as const;

/** More than these nobody looks through; those that were told of the longest ago leave. */
export const toldMax = 200;

/** A session of an application, as its events tell it. Numbers that were not said are null. */
export interface ToldSession {
  readonly id: string;
  readonly source: string;
  readonly model: string;
  readonly messages: number | null;
  readonly tokens: number | null;
  readonly tokensMax: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** The newest event that told of it. */
  readonly at: number;
}

export type ToldSessions = ReadonlyMap<string, ToldSession>;

/** Takes what events tell, in whatever order and however often they come: of two figures the later event's holds. */
export function tell(known: ToldSessions, events: readonly EventItem[]): ToldSessions {
  const told = events.filter(isOfSession).sort((a, b) => a.timestampMs - b.timestampMs);
  if (told.length === 0) return known;
  const sessions = new Map(known);
  for (const event of told) take(sessions, event);
  if (sessions.size <= toldMax) return sessions;
  return new Map([...sessions].sort(([, a], [, b]) => b.at - a.at).slice(0, toldMax));
}

/** Those that go on, the fullest first; then those that have ended, the last one first. */
export function ordered(sessions: ToldSessions): readonly ToldSession[] {
  return [...sessions.values()].sort((a, b) => Number(a.endedAt !== null) - Number(b.endedAt !== null) || shareOf(b) - shareOf(a) || b.at - a.at);
}

/** How full it is; 0 when nobody said. */
export const shareOf = ({ tokens, tokensMax }: ToldSession): number => (tokens === null || tokensMax === null || tokensMax <= 0 ? 0 : tokens / tokensMax);

const isOfSession = ({ eventType }: EventItem): boolean => sessionTypes.some((type) => type === eventType);

function take(sessions: Map<string, ToldSession>, { eventType, data, metadata, source, timestampMs: at }: EventItem): void {
  const [figures, about] = [record(data), record(metadata)];
  const id = text(figures.session_id) || text(about.session_id);
  if (id === '') return;
  const before = sessions.get(id) ?? { id, source, model: '', messages: null, tokens: null, tokensMax: null, startedAt: null, endedAt: null, at: 0 };
  // What is older than what is known fills in what nobody has said since.
  const isNewer = at >= before.at;
  const figure = (said: unknown, was: number | null): number | null => (isNumber(said) && (isNewer || was === null) ? said : was);
  const model = text(figures.current_model) || text(figures.model);
  sessions.set(id, {
    ...before,
    model: model !== '' && (isNewer || before.model === '') ? model : before.model,
    messages: figure(figures.conversation_length, before.messages),
    tokens: figure(figures.context_tokens_used, before.tokens),
    tokensMax: figure(figures.context_tokens_max, before.tokensMax),
    startedAt: eventType === 'session_start' ? at : before.startedAt,
    // One that goes on after its end was begun again under its name.
    endedAt: eventType === 'session_end' ? Math.max(at, before.endedAt ?? 0) : before.endedAt !== null && at > before.endedAt ? null : before.endedAt,
    at: Math.max(at, before.at),
  });
}
