-- The queue of failed operations. Instants and durations are whole microseconds; status and kind are the numbers of their enumerations.
--
-- An item is one row, updated in place. SQLite has one writer and leaves no dead versions of rows behind, so nothing is gained here by
-- moving claimed items into a row of their own, as the store on PostgreSQL does; and what is finished leaves the partial indexes that a
-- claim reads, so that these stay as small as the queue however much history there is.
CREATE TABLE retries (
  place               INTEGER PRIMARY KEY, -- in order of arrival, and so the order of a group
  id                  BLOB    NOT NULL CHECK (length(id) = 16),
  status              INTEGER NOT NULL CHECK (status BETWEEN 0 AND 5), -- 0 pending, 1 processing, 2 completed, 3 dead letter, 4 failed, 5 cancelled
  ready               INTEGER NOT NULL, -- its time has come; set by the first claim after it, so that no claim walks past what is not due
  blocked             INTEGER NOT NULL, -- pending, and not the head of its group
  run_after           INTEGER NOT NULL,
  queued_at           INTEGER NOT NULL, -- run_after + penalty: the order of the queue
  attempt             INTEGER NOT NULL,
  crashes             INTEGER NOT NULL,
  version             INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  token               INTEGER, -- these three while it is being processed
  process             BLOB,
  claimed_at          INTEGER,
  failure_message     TEXT,
  failure_fingerprint TEXT,
  operation_type      TEXT    NOT NULL,
  target              TEXT    NOT NULL,
  priority            INTEGER NOT NULL,
  penalty             INTEGER NOT NULL,
  max_retries         INTEGER NOT NULL,
  timeout             INTEGER NOT NULL,
  correlation_id      TEXT,
  idempotency_key     TEXT,
  group_key           TEXT,
  tags                TEXT CHECK (tags IS NULL OR json_type(tags) = 'array'),
  CHECK ((status = 1) = (token IS NOT NULL) AND (token IS NULL) = (process IS NULL))
) STRICT;

-- Apart, because an update writes its row anew with all its pages, and a payload may have a megabyte.
CREATE TABLE retry_contents (
  place          INTEGER PRIMARY KEY,
  payload        TEXT NOT NULL,
  original_event TEXT
) STRICT;

CREATE UNIQUE INDEX retries_id ON retries (id);
CREATE UNIQUE INDEX retries_correlation_held ON retries (correlation_id) WHERE correlation_id IS NOT NULL AND status IN (0, 1);

-- What a claim reads. With the type, so that items of types that the claim leaves alone are passed over without being read.
CREATE INDEX retries_queue ON retries (queued_at, place, operation_type) WHERE status = 0 AND ready = 1 AND blocked = 0 AND crashes < 2;
CREATE INDEX retries_solitary ON retries (queued_at, place) WHERE status = 0 AND ready = 1 AND blocked = 0 AND crashes >= 2;
CREATE INDEX retries_waiting ON retries (run_after) WHERE status = 0 AND ready = 0 AND blocked = 0;
CREATE INDEX retries_groups ON retries (group_key, status, place) WHERE group_key IS NOT NULL;
CREATE INDEX retries_held ON retries (process) WHERE process IS NOT NULL;

-- What people ask for.
CREATE INDEX retries_unfinished ON retries (id) WHERE status < 2;
CREATE INDEX retries_finished ON retries (status, id) WHERE status >= 2;
CREATE INDEX retries_settled ON retries (status, updated_at) WHERE status >= 2;
CREATE INDEX retries_correlation ON retries (correlation_id, id) WHERE correlation_id IS NOT NULL;
CREATE INDEX retries_causes ON retries (failure_fingerprint, operation_type, updated_at, id) WHERE status IN (3, 4) AND failure_fingerprint IS NOT NULL;
CREATE INDEX retries_near_limit ON retries (updated_at) WHERE status IN (0, 1) AND attempt * 5 > max_retries * 4;
CREATE INDEX retries_pending ON retries (created_at) WHERE status = 0;

-- What happened after an item was created; its creation is in its own row.
CREATE TABLE retry_history (
  seq     INTEGER PRIMARY KEY,
  place   INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  token   INTEGER,
  process BLOB,
  took    INTEGER,
  message TEXT
) STRICT;

CREATE INDEX retry_history_place ON retry_history (place);

-- Leases. A process stays after its end for a while, so that it cannot come back under the same id.
CREATE TABLE retry_processes (
  process     BLOB PRIMARY KEY CHECK (length(process) = 16),
  node        TEXT NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT;

CREATE TABLE retry_counts (
  operation_type TEXT    NOT NULL,
  status         INTEGER NOT NULL,
  items          INTEGER NOT NULL CHECK (items >= 0),
  PRIMARY KEY (operation_type, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE retry_tokens (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  last     INTEGER NOT NULL
) STRICT;

INSERT INTO retry_tokens (only_row, last) VALUES (1, 0);
