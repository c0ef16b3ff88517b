import { instant, isNumber, list, number, oneOf, record, text } from './read';

export const operationKinds = ['replay', 'discard', 'cancel'] as const;

export type OperationKind = (typeof operationKinds)[number];

export const operationStates = ['running', 'paused', 'stopped', 'completed', 'cancelled'] as const;

export type OperationState = (typeof operationStates)[number];

/** Something that is done to many items, durably. */
export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly over: 'retries' | 'dead_letters';
  readonly state: OperationState;
  /** Why it stands still; empty: it does not. */
  readonly because: string;
  /** Null until they are counted. */
  readonly matched: number | null;
  readonly taken: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly canary: boolean;
  readonly step: number;
  /** The share of failures above which it stops by itself. */
  readonly stopAbove: number;
  readonly actor: string;
  readonly reason: string;
  readonly createdAt: number | null;
  readonly endedAt: number | null;
}

export function readOperation(value: unknown): Operation {
  const wire = record(value);
  return {
    id: text(wire.id),
    kind: oneOf(operationKinds, wire.kind),
    over: wire.over === 'dead_letters' ? 'dead_letters' : 'retries',
    state: oneOf(operationStates, wire.state),
    because: text(wire.because),
    matched: isNumber(wire.matched) ? wire.matched : null,
    taken: number(wire.taken),
    succeeded: number(wire.succeeded),
    failed: number(wire.failed),
    skipped: number(wire.skipped),
    canary: wire.canary === true,
    step: number(wire.step),
    stopAbove: number(wire.stop_above),
    actor: text(wire.actor),
    reason: text(wire.reason),
    createdAt: instant(wire.created_at),
    endedAt: instant(wire.ended_at),
  };
}

export const readOperations = (value: unknown): readonly Operation[] => list(value).map(readOperation);

/** Nothing more will come of it. */
export const isOver = ({ state }: Operation): boolean => state === 'completed' || state === 'cancelled';
