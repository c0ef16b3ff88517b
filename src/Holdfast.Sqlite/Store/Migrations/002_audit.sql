-- What operators did. Instants are whole microseconds since 1970.
CREATE TABLE audit (
  audit_id BLOB PRIMARY KEY CHECK (length(audit_id) = 16),
  at       INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  action   TEXT NOT NULL,
  target   TEXT NOT NULL,
  reason   TEXT,
  details  TEXT NOT NULL CHECK (json_type(details) = 'object')
) STRICT;

CREATE INDEX audit_at ON audit (at, audit_id);
