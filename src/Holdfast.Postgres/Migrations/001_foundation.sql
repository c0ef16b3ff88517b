-- Two schemas. holdfast: what the product has to know about itself; monitoring: what it keeps for its users.
-- Every statement may be repeated. All instants are TIMESTAMPTZ.

CREATE SCHEMA IF NOT EXISTS holdfast;
CREATE SCHEMA IF NOT EXISTS monitoring;

-- Functions that act with the rights of their owner name a search path, so that nobody can slip other tables under them.

-- The one clock that SQL asks. Only tests move it: nobody is granted the table.
CREATE TABLE IF NOT EXISTS holdfast.clock_shift (
  only_row boolean  PRIMARY KEY DEFAULT true CHECK (only_row),
  shift    interval NOT NULL DEFAULT '0'
);
INSERT INTO holdfast.clock_shift DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION holdfast.clock() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT now() + shift FROM holdfast.clock_shift $$;

-- Identity of this store: gaps in a spool's numbers are judged against it. Beside it, how far retention has come: raw samples and
-- minutes before these instants are deleted; they only move forward.
CREATE TABLE IF NOT EXISTS holdfast.store (
  only_row     boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  store_id     uuid        NOT NULL DEFAULT gen_random_uuid(),
  samples_from timestamptz,
  minutes_from timestamptz
);
INSERT INTO holdfast.store DEFAULT VALUES ON CONFLICT DO NOTHING;

-- One row per spool that ever wrote here: the short key that samples carry, how far the batch ledger is without holes, and running totals.
-- Locked by whoever writes for the spool. Updated with every write, so its pages have room for the next version of the row, and no index
-- knows the columns that change. resumed_after: the mark when it was written to again after a day without; see SpoolAccount.
CREATE TABLE IF NOT EXISTS holdfast.spool_totals (
  spool_key             integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  spool_id              uuid    NOT NULL UNIQUE,
  contiguous_mark       bigint  NOT NULL DEFAULT 0,
  mark_sequence         bigint  NOT NULL DEFAULT 0,
  highest_sequence      bigint  NOT NULL DEFAULT 0,
  events_stored         bigint  NOT NULL DEFAULT 0,
  events_dead_lettered  bigint  NOT NULL DEFAULT 0,
  events_duplicates     bigint  NOT NULL DEFAULT 0,
  events_discarded      bigint  NOT NULL DEFAULT 0,
  events_lost           bigint  NOT NULL DEFAULT 0,
  samples_stored        bigint  NOT NULL DEFAULT 0,
  samples_dead_lettered bigint  NOT NULL DEFAULT 0,
  samples_duplicates    bigint  NOT NULL DEFAULT 0,
  samples_discarded     bigint  NOT NULL DEFAULT 0,
  samples_lost          bigint  NOT NULL DEFAULT 0,
  written_at            timestamptz NOT NULL DEFAULT holdfast.clock(),
  resumed_after         bigint  NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- What is held above the contiguous mark: single batches, and ranges that are lost for good. Entries never overlap.
CREATE TABLE IF NOT EXISTS holdfast.batch_ledger (
  spool_id        uuid   NOT NULL,
  first_batch_seq bigint NOT NULL,
  last_batch_seq  bigint NOT NULL CHECK (last_batch_seq >= first_batch_seq),
  state           text   NOT NULL CHECK (state IN ('stored', 'lost')),
  kind            text   NOT NULL CHECK (kind IN ('event', 'sample', 'unknown')),
  row_count       bigint NOT NULL,
  last_sequence   bigint NOT NULL,
  CONSTRAINT batch_ledger_key PRIMARY KEY (spool_id, first_batch_seq)
);

-- Every loss that was reported, kept for the operator; the key makes a repeated report harmless.
CREATE TABLE IF NOT EXISTS holdfast.lost_ranges (
  spool_id        uuid        NOT NULL,
  first_batch_seq bigint      NOT NULL,
  last_batch_seq  bigint      NOT NULL,
  first_sequence  bigint,
  last_sequence   bigint,
  events          bigint      NOT NULL,
  samples         bigint      NOT NULL,
  reason          text        NOT NULL,
  noticed_at      timestamptz NOT NULL,
  PRIMARY KEY (spool_id, first_batch_seq)
);

-- The day partitions there are; one that is being detached takes no rows any more. end_day is the first day that is no longer in the partition.
CREATE OR REPLACE VIEW holdfast.partitions AS
SELECT
  parent.relname::text AS table_name,
  child.relname::text  AS partition_name,
  child.oid            AS partition_oid,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM $re$FROM \('([^']+)'\)$re$)::date AS day,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM $re$TO \('([^']+)'\)$re$)::date   AS end_day
FROM pg_inherits i
JOIN pg_class parent ON parent.oid = i.inhparent
JOIN pg_class child  ON child.oid = i.inhrelid
JOIN pg_namespace n  ON n.oid = parent.relnamespace
WHERE NOT i.inhdetachpending AND n.nspname = 'monitoring' AND parent.relname IN ('monitoring_events', 'samples');

-- Makes the partition of a day; false when it is there already. Made beside the table and then attached: that holds up neither readers nor
-- writers, which CREATE TABLE ... PARTITION OF would. Acts with the rights of the owner, so that a writer needs no right to make tables.
CREATE OR REPLACE FUNCTION holdfast.ensure_partition(p_table text, p_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS
$$
DECLARE
  partition_name text := format('%s_%s', p_table, to_char(p_day, 'YYYYMMDD'));
BEGIN
  IF p_table NOT IN ('monitoring_events', 'samples') THEN
    RAISE EXCEPTION 'monitoring.% is not partitioned by day', p_table USING ERRCODE = 'invalid_parameter_value';
  END IF;

  IF EXISTS (SELECT FROM holdfast.partitions p WHERE p.table_name = p_table AND p.day <= p_day AND p.end_day > p_day) THEN
    RETURN false;
  END IF;

  -- Two writers may find at once that it is missing.
  PERFORM pg_advisory_xact_lock(hashtextextended('holdfast.ensure_partition', 0));
  IF EXISTS (SELECT FROM holdfast.partitions p WHERE p.table_name = p_table AND p.day <= p_day AND p.end_day > p_day) THEN
    RETURN false;
  END IF;

  EXECUTE format(
    'CREATE TABLE IF NOT EXISTS monitoring.%I (LIKE monitoring.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)',
    partition_name, p_table);
  EXECUTE format(
    'ALTER TABLE monitoring.%I ATTACH PARTITION monitoring.%I FOR VALUES FROM (%L) TO (%L)',
    p_table, partition_name, p_day, p_day + 1);
  RETURN true;
END
$$;

-- Takes a partition out and deletes it, and tells how many rows it had: counted where that is cheap, else the planner's estimate. The lock
-- on the table is asked for with little patience, since writers queue behind it; who does not get it comes back later. Samples stay until
-- they are rolled up; some may have come late and at this moment, so that is judged when nobody writes.
CREATE OR REPLACE FUNCTION holdfast.drop_partition(p_table text, p_partition text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS
$$
DECLARE
  was_oid oid;
  last_day date;
  row_count bigint;
BEGIN
  -- Two nodes that take the same locks in another order would wait for each other: one at a time, the other comes back later.
  IF NOT pg_try_advisory_xact_lock(hashtextextended('holdfast.drop_partition', 0)) THEN
    RAISE EXCEPTION 'another node is dropping a partition' USING ERRCODE = 'lock_not_available';
  END IF;

  SELECT p.partition_oid INTO was_oid FROM holdfast.partitions p WHERE p.table_name = p_table AND p.partition_name = p_partition;
  IF was_oid IS NULL THEN
    RETURN 0;
  END IF;

  IF pg_relation_size(was_oid) <= 67108864 THEN
    EXECUTE format('SELECT count(*) FROM monitoring.%I', p_partition) INTO row_count;
  ELSE
    SELECT greatest(c.reltuples, 0)::bigint INTO row_count FROM pg_class c WHERE c.oid = was_oid;
  END IF;

  EXECUTE format('LOCK TABLE ONLY monitoring.%I IN ACCESS EXCLUSIVE MODE', p_table);
  SELECT p.end_day INTO last_day FROM holdfast.partitions p WHERE p.table_name = p_table AND p.partition_name = p_partition AND p.partition_oid = was_oid;
  IF NOT FOUND THEN
    RETURN 0; -- dropped, and perhaps made again, while this waited
  END IF;

  -- A sample may lie a day ahead of the day on which it came.
  IF p_table = 'samples' AND EXISTS (
    SELECT FROM holdfast.rollup_marks m WHERE m.width_seconds = 60 AND m.start_at < (last_day + 1)::timestamp AT TIME ZONE 'UTC') THEN
    RAISE EXCEPTION 'samples that came late are not rolled up yet' USING ERRCODE = 'lock_not_available';
  END IF;

  EXECUTE format('ALTER TABLE monitoring.%I DETACH PARTITION monitoring.%I', p_table, p_partition);
  EXECUTE format('DROP TABLE monitoring.%I', p_partition);
  RETURN row_count;
END
$$;
