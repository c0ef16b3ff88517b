// Dead letters for tests, read from what the wire has.
import { readLetter, readTotals } from '../wire/deadLetters';
import type { Letter, LetterTotals } from '../wire/deadLetters';

const wireLetter = {
  id: 1,
  version: 1,
  status: 'pending',
  kind: 'event',
  row_count: 1,
  original_payload: { event_type: 'till.opened\u0000', source: 'shop', data: {} },
  size_bytes: 120,
  failure_reason: 'The type has a NUL character.',
  sqlstate: 'nul',
  constraint_name: null,
  column_name: 'event_type',
  fingerprint: 'f1',
  retry_count: 0,
  max_retries: 5,
  created_at: '2025-01-01T00:00:00Z',
  last_retry_at: null,
  next_retry_at: '2025-01-01T00:01:00Z',
  recovered_at: null,
  spool_id: '01890000-0000-7000-8000-000000000001',
  batch_seq: 3,
  row: 0,
  sequence_id: 12,
  received_at: '2025-01-01T00:00:00Z',
  lease_until: null,
  leased_by: null,
};

export const letter = (changes: Partial<Letter> = {}): Letter => ({ ...readLetter(wireLetter), ...changes });

export const totals = (wire: object = {}): LetterTotals => readTotals(wire);
