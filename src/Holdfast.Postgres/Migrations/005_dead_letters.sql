-- Rows that no approach could store, kept in the transaction that enters their batch into the ledger.
CREATE TABLE IF NOT EXISTS monitoring.dead_letter_queue (
  id               bigserial   PRIMARY KEY,
  original_payload jsonb       NOT NULL, -- {"encoding":"base64","bytes":...} where the row cannot be JSONB
  failure_reason   text,
  retry_count      integer     NOT NULL DEFAULT 0,
  max_retries      integer     NOT NULL DEFAULT 5,
  created_at       timestamptz NOT NULL DEFAULT holdfast.clock(),
  last_retry_at    timestamptz,
  recovered_at     timestamptz,
  status           varchar(20) NOT NULL DEFAULT 'pending'
    CONSTRAINT dead_letter_status_is_known CHECK (status IN ('pending', 'retrying', 'recovered', 'failed', 'discarded')),
  payload_bytes    bytea       NOT NULL, -- the row as it came, from which it can be made again
  kind             text        NOT NULL CONSTRAINT dead_letter_kind_is_known CHECK (kind IN ('event', 'sample')),
  row_count        integer     NOT NULL DEFAULT 1, -- more than 1 only where a batch could not be decoded from some row on
  spool_id         uuid        NOT NULL,
  batch_seq        bigint      NOT NULL,
  row              integer     NOT NULL,
  sequence_id      bigint,
  received_at      timestamptz NOT NULL,
  sqlstate         text,
  constraint_name  text,
  column_name      text,
  approach         text        NOT NULL,
  fingerprint      text        NOT NULL,
  lease_until      timestamptz,
  leased_by        text,
  CONSTRAINT dead_letter_retries_are_bounded CHECK (retry_count <= max_retries)
);

CREATE INDEX IF NOT EXISTS dead_letter_queue_status_created_at ON monitoring.dead_letter_queue (status, created_at);
CREATE INDEX IF NOT EXISTS dead_letter_queue_created_at ON monitoring.dead_letter_queue (created_at);
CREATE INDEX IF NOT EXISTS dead_letter_queue_pending ON monitoring.dead_letter_queue (status, retry_count)
  WHERE status = 'pending' AND retry_count < max_retries;

-- The payload as JSONB, or its bytes where JSONB cannot hold it: a NUL character, say, or a number beyond all bounds.
CREATE OR REPLACE FUNCTION holdfast.jsonb_or_bytes(p_json text, p_bytes bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  RETURN p_json::jsonb;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN jsonb_build_object('encoding', 'base64', 'bytes', translate(encode(p_bytes, 'base64'), E'\n', ''));
END
$$;

-- Counts an attempt and returns the count; at the limit the letter has failed. Never counts beyond it.
CREATE OR REPLACE FUNCTION monitoring.increment_retry_count(item_id bigint) RETURNS integer
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS
$$
  UPDATE monitoring.dead_letter_queue
  SET retry_count   = least(retry_count + 1, max_retries),
      last_retry_at = holdfast.clock(),
      status        = CASE WHEN retry_count + 1 >= max_retries THEN 'failed' ELSE 'retrying' END
  WHERE id = item_id AND status IN ('pending', 'retrying', 'failed')
  RETURNING retry_count
$$;

CREATE OR REPLACE FUNCTION monitoring.get_dlq_stats()
RETURNS TABLE (total_pending bigint, total_recovered bigint, total_failed bigint, avg_retry_count double precision, oldest_pending_age_hours double precision)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS
$$
  SELECT
    count(*) FILTER (WHERE status = 'pending'),
    count(*) FILTER (WHERE status = 'recovered'),
    count(*) FILTER (WHERE status = 'failed'),
    coalesce(avg(retry_count), 0)::double precision,
    (extract(epoch FROM holdfast.clock() - min(created_at) FILTER (WHERE status = 'pending')) / 3600)::double precision
  FROM monitoring.dead_letter_queue
$$;

CREATE OR REPLACE VIEW monitoring.dlq_pending_retry AS
SELECT
  id, original_payload, failure_reason, retry_count, max_retries, created_at, last_retry_at,
  extract(epoch FROM holdfast.clock() - created_at)::double precision AS age_seconds
FROM monitoring.dead_letter_queue
WHERE status = 'pending' AND retry_count < max_retries
ORDER BY created_at;

CREATE OR REPLACE VIEW monitoring.dlq_summary AS
SELECT
  status,
  count(*)         AS count,
  min(created_at)  AS oldest_item,
  max(created_at)  AS newest_item,
  avg(retry_count) AS avg_retries
FROM monitoring.dead_letter_queue
GROUP BY status;
