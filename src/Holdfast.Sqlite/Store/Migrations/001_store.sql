-- The embedded store. Instants are whole microseconds since 1970 unless a column says otherwise; ids are 16 bytes in the order of RFC 9562.
-- A row that breaks a constraint here is refused by the store and becomes a dead letter; its neighbours are stored.

CREATE TABLE store_meta (
  key   TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- Identity of this store: gaps in a spool's numbers are judged against it.
INSERT INTO store_meta (key, value) VALUES ('store_id', lower(hex(randomblob(16))));

-- One row per spool that ever wrote here: the short key that rows carry, how far the batch ledger is without holes, and running totals.
CREATE TABLE spool_totals (
  spool_key            INTEGER PRIMARY KEY CHECK (spool_key BETWEEN 1 AND 32767),
  spool_id             BLOB NOT NULL UNIQUE CHECK (length(spool_id) = 16),
  contiguous_mark      INTEGER NOT NULL DEFAULT 0,
  mark_sequence        INTEGER NOT NULL DEFAULT 0,
  highest_sequence     INTEGER NOT NULL DEFAULT 0,
  events_stored        INTEGER NOT NULL DEFAULT 0,
  events_dead_lettered INTEGER NOT NULL DEFAULT 0,
  events_duplicates    INTEGER NOT NULL DEFAULT 0,
  events_discarded     INTEGER NOT NULL DEFAULT 0,
  events_lost          INTEGER NOT NULL DEFAULT 0,
  samples_stored        INTEGER NOT NULL DEFAULT 0,
  samples_dead_lettered INTEGER NOT NULL DEFAULT 0,
  samples_duplicates    INTEGER NOT NULL DEFAULT 0,
  samples_discarded     INTEGER NOT NULL DEFAULT 0,
  samples_lost          INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What is held above the contiguous mark: single batches, and ranges that are lost for good. Entries never overlap.
CREATE TABLE batch_ledger (
  spool_key       INTEGER NOT NULL,
  first_batch_seq INTEGER NOT NULL,
  last_batch_seq  INTEGER NOT NULL CHECK (last_batch_seq >= first_batch_seq),
  state           TEXT NOT NULL CHECK (state IN ('stored', 'lost')),
  kind            TEXT NOT NULL CHECK (kind IN ('event', 'sample', 'unknown')),
  row_count       INTEGER NOT NULL,
  last_sequence   INTEGER NOT NULL,
  PRIMARY KEY (spool_key, first_batch_seq)
) STRICT, WITHOUT ROWID;

-- Every loss that was reported, kept for the operator; the key makes a repeated report harmless.
CREATE TABLE lost_ranges (
  spool_key       INTEGER NOT NULL,
  first_batch_seq INTEGER NOT NULL,
  last_batch_seq  INTEGER NOT NULL,
  first_sequence  INTEGER,
  last_sequence   INTEGER,
  events          INTEGER NOT NULL,
  samples         INTEGER NOT NULL,
  reason          TEXT NOT NULL,
  noticed_at      INTEGER NOT NULL,
  PRIMARY KEY (spool_key, first_batch_seq)
) STRICT, WITHOUT ROWID;

-- position = spool_key << 48 | sequence_id: the stream and the place in it are the key of the table, which saves an index on both.
CREATE TABLE monitoring_events (
  position    INTEGER PRIMARY KEY,
  id          BLOB NOT NULL CONSTRAINT id_is_a_uuid CHECK (length(id) = 16),
  event_type  TEXT NOT NULL CONSTRAINT event_type_length CHECK (length(event_type) BETWEEN 1 AND 50),
  -- the years 1 to 9999: what a reader can show
  timestamp   INTEGER NOT NULL CONSTRAINT timestamp_range CHECK (timestamp BETWEEN -62135596800000000 AND 253402300799999999),
  source      TEXT NOT NULL CONSTRAINT source_length CHECK (length(source) <= 100),
  data        TEXT NOT NULL CONSTRAINT data_is_an_object CHECK (json_valid(data) AND json_type(data) = 'object'),
  metadata    TEXT NOT NULL CONSTRAINT metadata_is_an_object CHECK (json_valid(metadata) AND json_type(metadata) = 'object'),
  category    INTEGER NOT NULL CONSTRAINT category_is_known CHECK (category BETWEEN 1 AND 5),
  received_at INTEGER NOT NULL
) STRICT;

-- Not unique: an id may come again after 24 hours. The writer probes it for ids that clients chose.
CREATE INDEX monitoring_events_id ON monitoring_events (id);
CREATE INDEX monitoring_events_timestamp ON monitoring_events (timestamp);
CREATE INDEX monitoring_events_event_type_timestamp ON monitoring_events (event_type, timestamp);

CREATE TABLE series (
  series_key INTEGER PRIMARY KEY,
  series_id  INTEGER NOT NULL UNIQUE,
  name       TEXT NOT NULL CONSTRAINT series_name_length CHECK (length(name) BETWEEN 1 AND 255),
  labels     TEXT NOT NULL CONSTRAINT series_labels_are_an_object CHECK (json_valid(labels) AND json_type(labels) = 'object'),
  unit       TEXT NOT NULL,
  kind       INTEGER NOT NULL CONSTRAINT series_kind_is_known CHECK (kind IN (1, 2))
) STRICT;

CREATE INDEX series_name ON series (name);

-- Clustered by series, so that a chart reads one range. Times are milliseconds. Equal times: the highest position was written last.
CREATE TABLE samples (
  series_key INTEGER NOT NULL,
  time_ms    INTEGER NOT NULL CONSTRAINT sample_time_range CHECK (time_ms BETWEEN -62135596800000 AND 253402300799999),
  spool_key  INTEGER NOT NULL,
  position   INTEGER NOT NULL, -- batch_seq << 16 | row
  value      REAL NOT NULL CONSTRAINT value_is_finite CHECK (abs(value) <= 1.7976931348623157e308),
  PRIMARY KEY (series_key, time_ms, spool_key, position)
) STRICT, WITHOUT ROWID;

-- total and growth may overflow to infinity and on to NaN, which SQLite keeps as NULL.
CREATE TABLE rollup_1min (
  series_key INTEGER NOT NULL,
  start_ms   INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  total      REAL,
  smallest   REAL NOT NULL,
  largest    REAL NOT NULL,
  first      REAL NOT NULL,
  last       REAL NOT NULL,
  first_ms   INTEGER NOT NULL,
  last_ms    INTEGER NOT NULL,
  growth     REAL,
  PRIMARY KEY (series_key, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup_1hour (
  series_key INTEGER NOT NULL,
  start_ms   INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  total      REAL,
  smallest   REAL NOT NULL,
  largest    REAL NOT NULL,
  first      REAL NOT NULL,
  last       REAL NOT NULL,
  first_ms   INTEGER NOT NULL,
  last_ms    INTEGER NOT NULL,
  growth     REAL,
  PRIMARY KEY (series_key, start_ms)
) STRICT, WITHOUT ROWID;

-- Buckets that got samples since they were last rolled up; written with the samples. The oldest one is where queries turn to raw samples.
CREATE TABLE rollup_dirty (
  width_ms   INTEGER NOT NULL,
  start_ms   INTEGER NOT NULL,
  series_key INTEGER NOT NULL,
  PRIMARY KEY (width_ms, start_ms, series_key)
) STRICT, WITHOUT ROWID;

-- Counters: nothing in them is ever refused, so the texts have no limits here.
CREATE TABLE validation_metrics (
  id                     INTEGER PRIMARY KEY,
  batch_id               BLOB NOT NULL CHECK (length(batch_id) = 16),
  event_type             TEXT NOT NULL,
  total_events           INTEGER NOT NULL,
  passed_events          INTEGER NOT NULL,
  failed_events          INTEGER NOT NULL,
  pass_rate              REAL NOT NULL,
  avg_validation_time_ms REAL NOT NULL,
  total_errors           INTEGER NOT NULL,
  total_warnings         INTEGER NOT NULL,
  flush_timestamp        INTEGER NOT NULL,
  created_at             INTEGER NOT NULL,
  updated_at             INTEGER NOT NULL,
  UNIQUE (batch_id, event_type)
) STRICT;

CREATE INDEX validation_metrics_event_type_flush_timestamp ON validation_metrics (event_type, flush_timestamp);
CREATE INDEX validation_metrics_flush_timestamp ON validation_metrics (flush_timestamp);

CREATE TABLE dead_letter_queue (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  original_payload TEXT NOT NULL CHECK (json_valid(original_payload)),
  failure_reason   TEXT,
  retry_count      INTEGER NOT NULL DEFAULT 0,
  max_retries      INTEGER NOT NULL DEFAULT 5,
  created_at       INTEGER NOT NULL,
  last_retry_at    INTEGER,
  recovered_at     INTEGER,
  status           TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'retrying', 'recovered', 'failed', 'discarded')),
  payload_bytes    BLOB NOT NULL,
  kind             TEXT NOT NULL CHECK (kind IN ('event', 'sample')),
  row_count        INTEGER NOT NULL DEFAULT 1, -- more than 1 only where a batch could not be decoded from some row on
  spool_id         BLOB NOT NULL,
  batch_seq        INTEGER NOT NULL,
  row              INTEGER NOT NULL,
  sequence_id      INTEGER,
  received_at      INTEGER NOT NULL,
  sqlstate         TEXT, -- SQLite's name of the result code
  constraint_name  TEXT,
  column_name      TEXT,
  approach         TEXT NOT NULL,
  fingerprint      TEXT NOT NULL,
  lease_until      INTEGER,
  leased_by        TEXT,
  CHECK (retry_count <= max_retries)
) STRICT;

CREATE INDEX dead_letter_queue_status_created_at ON dead_letter_queue (status, created_at);
CREATE INDEX dead_letter_queue_created_at ON dead_letter_queue (created_at);

-- Views for people and for other programs: texts instead of bytes and numbers.
CREATE VIEW monitoring_events_view AS
SELECT
  lower(substr(hex(e.id), 1, 8) || '-' || substr(hex(e.id), 9, 4) || '-' || substr(hex(e.id), 13, 4) || '-' || substr(hex(e.id), 17, 4) || '-' || substr(hex(e.id), 21)) AS id,
  e.event_type,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.timestamp / 1000000.0, 'unixepoch') AS timestamp,
  e.source,
  e.data,
  e.metadata,
  CASE e.category WHEN 1 THEN 'critical' WHEN 2 THEN 'performance' WHEN 3 THEN 'user_activity' WHEN 4 THEN 'system' ELSE 'debug' END AS category,
  lower(substr(hex(s.spool_id), 1, 8) || '-' || substr(hex(s.spool_id), 9, 4) || '-' || substr(hex(s.spool_id), 13, 4) || '-' || substr(hex(s.spool_id), 17, 4) || '-' || substr(hex(s.spool_id), 21)) AS epoch,
  e.position & 281474976710655 AS sequence_id,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.received_at / 1000000.0, 'unixepoch') AS received_at
FROM monitoring_events e
JOIN spool_totals s ON s.spool_key = e.position >> 48;

CREATE VIEW validation_metrics_recent AS
SELECT
  event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings,
  strftime('%Y-%m-%dT%H:%M:%fZ', flush_timestamp / 1000000.0, 'unixepoch') AS flush_timestamp
FROM validation_metrics
WHERE flush_timestamp >= (unixepoch() - 86400) * 1000000
ORDER BY validation_metrics.flush_timestamp DESC;

CREATE VIEW validation_metrics_summary AS
SELECT
  event_type,
  count(*) AS flush_count,
  sum(total_events) AS total_events,
  sum(passed_events) AS total_passed,
  sum(failed_events) AS total_failed,
  avg(pass_rate) AS avg_pass_rate,
  avg(avg_validation_time_ms) AS avg_validation_time,
  sum(total_errors) AS total_errors,
  sum(total_warnings) AS total_warnings,
  strftime('%Y-%m-%dT%H:%M:%fZ', max(flush_timestamp) / 1000000.0, 'unixepoch') AS last_flush
FROM validation_metrics
WHERE flush_timestamp >= (unixepoch() - 7 * 86400) * 1000000
GROUP BY event_type;

CREATE VIEW dlq_pending_retry AS
SELECT
  id, original_payload, failure_reason, retry_count, max_retries,
  strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000000.0, 'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', last_retry_at / 1000000.0, 'unixepoch') AS last_retry_at,
  unixepoch('subsec') - created_at / 1000000.0 AS age_seconds
FROM dead_letter_queue
WHERE status = 'pending' AND retry_count < max_retries
ORDER BY dead_letter_queue.created_at;

CREATE VIEW dlq_summary AS
SELECT
  status,
  count(*) AS count,
  strftime('%Y-%m-%dT%H:%M:%fZ', min(created_at) / 1000000.0, 'unixepoch') AS oldest_item,
  strftime('%Y-%m-%dT%H:%M:%fZ', max(created_at) / 1000000.0, 'unixepoch') AS newest_item,
  avg(retry_count) AS avg_retries
FROM dead_letter_queue
GROUP BY status;
