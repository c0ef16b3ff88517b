-- What operators did. Nobody changes a row: there is no right to.
CREATE TABLE IF NOT EXISTS holdfast.audit (
  audit_id uuid        PRIMARY KEY,
  at       timestamptz NOT NULL,
  actor    text        NOT NULL,
  action   text        NOT NULL,
  target   text        NOT NULL,
  reason   text,
  details  jsonb       NOT NULL CHECK (jsonb_typeof(details) = 'object')
);
CREATE INDEX IF NOT EXISTS audit_at ON holdfast.audit (at, audit_id);
