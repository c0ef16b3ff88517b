-- Counters, flushed as deltas under the id of their batch. Nothing in them is ever refused, so the texts have no limits here.
CREATE TABLE IF NOT EXISTS monitoring.validation_metrics (
  id                     bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id               uuid             NOT NULL,
  event_type             text             NOT NULL,
  total_events           bigint           NOT NULL,
  passed_events          bigint           NOT NULL,
  failed_events          bigint           NOT NULL,
  pass_rate              double precision NOT NULL,
  avg_validation_time_ms double precision NOT NULL,
  total_errors           bigint           NOT NULL,
  total_warnings         bigint           NOT NULL,
  flush_timestamp        timestamptz      NOT NULL,
  created_at             timestamptz      NOT NULL DEFAULT holdfast.clock(),
  updated_at             timestamptz      NOT NULL DEFAULT holdfast.clock(),
  CONSTRAINT validation_metrics_batch_id_event_type_key UNIQUE (batch_id, event_type)
);

CREATE INDEX IF NOT EXISTS validation_metrics_event_type_flush_timestamp ON monitoring.validation_metrics (event_type, flush_timestamp);
CREATE INDEX IF NOT EXISTS validation_metrics_flush_timestamp ON monitoring.validation_metrics (flush_timestamp);
CREATE INDEX IF NOT EXISTS validation_metrics_created_at ON monitoring.validation_metrics (created_at);

CREATE OR REPLACE FUNCTION monitoring.validation_metrics_touch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  NEW.updated_at := holdfast.clock();
  RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS validation_metrics_touch ON monitoring.validation_metrics;
CREATE TRIGGER validation_metrics_touch BEFORE UPDATE ON monitoring.validation_metrics
  FOR EACH ROW EXECUTE FUNCTION monitoring.validation_metrics_touch();

-- Approach rpc. Rows: event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings,
-- flush_timestamp. Returns how many were written: none when the batch is there already.
CREATE OR REPLACE FUNCTION monitoring.insert_validation_metrics(p_batch_id uuid, p_rows jsonb) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  WITH written AS (
    INSERT INTO monitoring.validation_metrics
      (batch_id, event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp)
    SELECT p_batch_id, event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp
    FROM jsonb_to_recordset(p_rows) AS r (
      event_type text, total_events bigint, passed_events bigint, failed_events bigint, pass_rate double precision,
      avg_validation_time_ms double precision, total_errors bigint, total_warnings bigint, flush_timestamp timestamptz)
    ON CONFLICT (batch_id, event_type) DO NOTHING
    RETURNING 1
  )
  SELECT count(*)::integer FROM written
$$;

-- Approach view.
CREATE OR REPLACE VIEW monitoring.validation_metrics_insert AS
SELECT batch_id, event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp
FROM monitoring.validation_metrics;

-- A repeat returns no row, so that it is not counted as written.
CREATE OR REPLACE FUNCTION monitoring.validation_metrics_insert_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  INSERT INTO monitoring.validation_metrics
    (batch_id, event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp)
  VALUES (
    coalesce(NEW.batch_id, gen_random_uuid()), NEW.event_type, NEW.total_events, NEW.passed_events, NEW.failed_events, NEW.pass_rate,
    NEW.avg_validation_time_ms, NEW.total_errors, NEW.total_warnings, coalesce(NEW.flush_timestamp, holdfast.clock()))
  ON CONFLICT (batch_id, event_type) DO NOTHING;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS validation_metrics_insert_row ON monitoring.validation_metrics_insert;
CREATE TRIGGER validation_metrics_insert_row INSTEAD OF INSERT ON monitoring.validation_metrics_insert
  FOR EACH ROW EXECUTE FUNCTION monitoring.validation_metrics_insert_row();

-- The last 24 hours.
CREATE OR REPLACE VIEW monitoring.validation_metrics_recent AS
SELECT event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp
FROM monitoring.validation_metrics
WHERE flush_timestamp >= holdfast.clock() - interval '24 hours'
ORDER BY flush_timestamp DESC;

-- The last 7 days by event type.
CREATE OR REPLACE VIEW monitoring.validation_metrics_summary AS
SELECT
  event_type,
  count(*)                    AS flush_count,
  sum(total_events)           AS total_events,
  sum(passed_events)          AS total_passed,
  sum(failed_events)          AS total_failed,
  avg(pass_rate)              AS avg_pass_rate,
  avg(avg_validation_time_ms) AS avg_validation_time,
  sum(total_errors)           AS total_errors,
  sum(total_warnings)         AS total_warnings,
  max(flush_timestamp)        AS last_flush
FROM monitoring.validation_metrics
WHERE flush_timestamp >= holdfast.clock() - interval '7 days'
GROUP BY event_type;
