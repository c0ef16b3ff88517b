-- Series: what a sample is a reading of. The id is a hash of name and labels, the same on every node and in every store.
CREATE TABLE IF NOT EXISTS monitoring.series (
  series_id    bigint PRIMARY KEY,
  name         text   NOT NULL CONSTRAINT series_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  labels       jsonb  NOT NULL CONSTRAINT series_labels_are_an_object CHECK (jsonb_typeof(labels) = 'object'),
  unit         text   NOT NULL,
  kind         text   NOT NULL CONSTRAINT series_kind_is_known CHECK (kind IN ('gauge', 'counter')),
  last_used_on date   NOT NULL -- raised once a day by whoever writes for it, so that retention never takes a series that is in use
);

CREATE INDEX IF NOT EXISTS series_name ON monitoring.series (name);

-- Raw samples, by the day (UTC) on which they were received: no sender can ask for partitions with timestamps.
-- Of equal times the highest (spool_key, batch_seq, row) was written last, and counts.
CREATE TABLE IF NOT EXISTS monitoring.samples (
  series_id   bigint           NOT NULL,
  "timestamp" timestamptz      NOT NULL CONSTRAINT sample_time_range CHECK ("timestamp" >= '0001-01-01T00:00:00Z' AND "timestamp" < '10000-01-01T00:00:00Z'),
  value       double precision NOT NULL CONSTRAINT value_is_finite CHECK (value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308),
  batch_seq   bigint           NOT NULL,
  spool_key   integer          NOT NULL,
  row         integer          NOT NULL,
  received_on date             NOT NULL
) PARTITION BY RANGE (received_on);

CREATE INDEX IF NOT EXISTS samples_series_id_timestamp ON monitoring.samples (series_id, "timestamp");

-- Finds what is held of a range of batches that a spool lost. Batches come nearly in order: the index is a few pages, and costs a write nothing.
CREATE INDEX IF NOT EXISTS samples_batch_seq ON monitoring.samples USING brin (batch_seq) WITH (autosummarize = on);

-- Minutes made from samples, hours made from minutes. total and growth may be infinite or not a number.
CREATE TABLE IF NOT EXISTS monitoring.rollup_1min (
  series_id bigint           NOT NULL,
  start_at  timestamptz      NOT NULL,
  count     bigint           NOT NULL,
  total     double precision NOT NULL,
  smallest  double precision NOT NULL,
  largest   double precision NOT NULL,
  first     double precision NOT NULL,
  last      double precision NOT NULL,
  first_at  timestamptz      NOT NULL,
  last_at   timestamptz      NOT NULL,
  growth    double precision NOT NULL,
  PRIMARY KEY (series_id, start_at)
);

CREATE TABLE IF NOT EXISTS monitoring.rollup_1hour (LIKE monitoring.rollup_1min INCLUDING ALL);

-- For retention alone.
CREATE INDEX IF NOT EXISTS rollup_1min_start_at ON monitoring.rollup_1min USING brin (start_at);
CREATE INDEX IF NOT EXISTS rollup_1hour_start_at ON monitoring.rollup_1hour USING brin (start_at);

-- Buckets that got samples since they were last made; written with the samples. Rows are only added and taken, never changed: a mark that
-- is committed while the bucket is being made is another row, and makes it once more. So nobody waits for anybody and no sample is missed.
CREATE TABLE IF NOT EXISTS holdfast.rollup_marks (
  width_seconds integer     NOT NULL CHECK (width_seconds IN (60, 3600)),
  start_at      timestamptz NOT NULL,
  series_id     bigint      NOT NULL
);

CREATE INDEX IF NOT EXISTS rollup_marks_place ON holdfast.rollup_marks (width_seconds, start_at, series_id);

CREATE OR REPLACE FUNCTION holdfast.minute_of(p_instant timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT date_bin(interval '1 minute', p_instant, timestamptz '2000-01-01T00:00:00Z') $$;

-- Approach rpc. Rows: series_id, timestamp, value, batch_seq, spool_key, row, received_on. Marks the minutes for the rollups too.
CREATE OR REPLACE FUNCTION monitoring.insert_samples_batch(p_rows jsonb) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  WITH stored AS (
    INSERT INTO monitoring.samples (series_id, "timestamp", value, batch_seq, spool_key, row, received_on)
    SELECT series_id, "timestamp", value, batch_seq, spool_key, row, received_on
    FROM jsonb_to_recordset(p_rows) AS r (
      series_id bigint, "timestamp" timestamptz, value double precision, batch_seq bigint, spool_key integer, row integer, received_on date)
    RETURNING samples.series_id, samples."timestamp"
  ), marked AS (
    INSERT INTO holdfast.rollup_marks (width_seconds, start_at, series_id)
    SELECT DISTINCT 60, holdfast.minute_of("timestamp"), series_id FROM stored
  )
  SELECT count(*)::integer FROM stored
$$;

-- Approach view.
CREATE OR REPLACE VIEW monitoring.samples_insert AS
SELECT series_id, "timestamp", value, batch_seq, spool_key, row, received_on FROM monitoring.samples;

CREATE OR REPLACE FUNCTION monitoring.samples_insert_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  INSERT INTO monitoring.samples (series_id, "timestamp", value, batch_seq, spool_key, row, received_on)
  VALUES (
    NEW.series_id, NEW."timestamp", NEW.value, coalesce(NEW.batch_seq, 0), coalesce(NEW.spool_key, 0), coalesce(NEW.row, 0),
    coalesce(NEW.received_on, (holdfast.clock() AT TIME ZONE 'UTC')::date));
  INSERT INTO holdfast.rollup_marks (width_seconds, start_at, series_id) VALUES (60, holdfast.minute_of(NEW."timestamp"), NEW.series_id);
  RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS samples_insert_row ON monitoring.samples_insert;
CREATE TRIGGER samples_insert_row INSTEAD OF INSERT ON monitoring.samples_insert
  FOR EACH ROW EXECUTE FUNCTION monitoring.samples_insert_row();
