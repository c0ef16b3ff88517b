-- Operations over many items of the queue. They stand in its file, because what one does to items and the note of it are one transaction.
-- Instants are whole microseconds; kind, target_kind, state and outcome are the numbers of their enumerations.
CREATE TABLE operations (
  number          INTEGER PRIMARY KEY,
  id              BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
  kind            INTEGER NOT NULL,
  target_kind     INTEGER NOT NULL,
  filter          TEXT    NOT NULL CHECK (json_type(filter) = 'object'),
  rate_per_second REAL    CHECK (rate_per_second > 0),
  canary          INTEGER NOT NULL,
  stop_above      REAL    NOT NULL,
  actor           TEXT    NOT NULL,
  reason          TEXT,
  created_at      INTEGER NOT NULL,
  cutoff          INTEGER NOT NULL,
  state           INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4), -- 0 running, 1 paused, 2 completed, 3 stopped, 4 cancelled
  matched         INTEGER,
  taken           INTEGER NOT NULL,
  succeeded       INTEGER NOT NULL,
  failed          INTEGER NOT NULL,
  skipped         INTEGER NOT NULL,
  step            INTEGER NOT NULL,
  base_taken      INTEGER NOT NULL, -- what had come of the items when the step began
  base_succeeded  INTEGER NOT NULL,
  base_failed     INTEGER NOT NULL,
  base_skipped    INTEGER NOT NULL,
  position        INTEGER NOT NULL,
  all_taken       INTEGER NOT NULL,
  because         TEXT,
  ended_at        INTEGER,
  version         INTEGER NOT NULL,
  driver          BLOB, -- the process that moves it on, and until when it may
  driven_until    INTEGER,
  -- Sums over its items, so that nobody counts them: those taken, and of these the ones whose outcome is final.
  items_taken     INTEGER NOT NULL DEFAULT 0,
  items_succeeded INTEGER NOT NULL DEFAULT 0,
  items_failed    INTEGER NOT NULL DEFAULT 0,
  items_skipped   INTEGER NOT NULL DEFAULT 0,
  last_place      INTEGER NOT NULL DEFAULT 0, -- the last item that it met; the next portion begins behind it
  CHECK ((state IN (2, 4)) = (ended_at IS NOT NULL))
) STRICT;

CREATE INDEX operations_running ON operations (number) WHERE state = 0;
CREATE INDEX operations_ended ON operations (ended_at) WHERE ended_at IS NOT NULL;

-- Each item that an operation met. While its outcome is open it is looked up where the item is: an outcome written here by every
-- acknowledgement would be a price for all items, and most of them belong to no operation.
CREATE TABLE operation_items (
  operation INTEGER NOT NULL,
  place     INTEGER NOT NULL,
  outcome   INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 3), -- 0 open, 1 succeeded, 2 failed and deleted since, 3 skipped
  PRIMARY KEY (operation, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX operation_items_open ON operation_items (operation, place) WHERE outcome = 0;
CREATE INDEX operation_items_of ON operation_items (place) WHERE outcome = 0;

-- What a replay or a discard walks along.
CREATE INDEX retries_dead ON retries (place) WHERE status IN (3, 4);
