-- What flags say at run time. One row counts the changes.
CREATE TABLE flag_state (
  only_one   INTEGER PRIMARY KEY CHECK (only_one = 1),
  store_id   BLOB    NOT NULL CHECK (length(store_id) = 16),
  version    INTEGER NOT NULL CHECK (version >= 0),
  stream_key BLOB    NOT NULL CHECK (length(stream_key) = 32)
);
INSERT INTO flag_state (only_one, store_id, version, stream_key) VALUES (1, randomblob(16), 0, randomblob(32));

CREATE TABLE flags (
  name       TEXT    PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
  version    INTEGER NOT NULL,
  document   TEXT    NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT    NOT NULL
) WITHOUT ROWID;

-- Every change with what was there before.
CREATE TABLE flag_history (
  version   INTEGER PRIMARY KEY,
  change_id BLOB    NOT NULL UNIQUE,
  name      TEXT    NOT NULL,
  action    TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  actor     TEXT    NOT NULL,
  reason    TEXT,
  before    TEXT,
  after     TEXT
);
CREATE INDEX flag_history_name ON flag_history (name, version);

-- What was measured of variants under a rollout; kept for an hour.
CREATE TABLE flag_samples (
  batch_id  BLOB    NOT NULL,
  name      TEXT    NOT NULL,
  variant   TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  requests  INTEGER NOT NULL,
  errors    INTEGER NOT NULL,
  latencies TEXT    NOT NULL,
  PRIMARY KEY (batch_id, name, variant)
) WITHOUT ROWID;
CREATE INDEX flag_samples_name ON flag_samples (name, at);
