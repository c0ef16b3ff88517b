import { list, record, text } from './read';

/** What an operator did. */
export interface AuditEntry {
  readonly id: string;
  /** As the server wrote it, and as unix milliseconds. */
  readonly at: string;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** In the operator's words; empty when nothing was said. */
  readonly reason: string;
  /** The target before and after, and what was asked for. */
  readonly details: unknown;
}

export const readAudit = (value: unknown): readonly AuditEntry[] => list(value).map(readEntry);

function readEntry(value: unknown): AuditEntry {
  const wire = record(value);
  const at = text(wire.at);
  return {
    id: text(wire.audit_id),
    at,
    atMs: Date.parse(at) || 0,
    actor: text(wire.actor),
    action: text(wire.action),
    target: text(wire.target),
    reason: text(wire.reason),
    details: wire.details ?? {},
  };
}
