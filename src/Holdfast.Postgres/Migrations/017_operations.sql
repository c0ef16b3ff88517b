-- Operations over many items of the queue: what one does to items and the note of it are one transaction.
CREATE TABLE IF NOT EXISTS holdfast.operations (
  id              uuid             PRIMARY KEY,
  number          bigint           GENERATED ALWAYS AS IDENTITY,
  kind            text             NOT NULL CHECK (kind IN ('replay', 'discard', 'cancel')),
  target_kind     text             NOT NULL CHECK (target_kind IN ('retries', 'dead_letters')),
  filter          json             NOT NULL CHECK (json_typeof(filter) = 'object'),
  rate_per_second double precision CHECK (rate_per_second > 0),
  canary          boolean          NOT NULL,
  stop_above      double precision NOT NULL,
  actor           text             NOT NULL,
  reason          text,
  created_at      timestamptz      NOT NULL,
  cutoff          timestamptz      NOT NULL,
  state           text             NOT NULL CHECK (state IN ('running', 'paused', 'completed', 'stopped', 'cancelled')),
  matched         bigint,
  taken           bigint           NOT NULL,
  succeeded       bigint           NOT NULL,
  failed          bigint           NOT NULL,
  skipped         bigint           NOT NULL,
  step            integer          NOT NULL,
  base_taken      bigint           NOT NULL, -- what had come of the items when the step began
  base_succeeded  bigint           NOT NULL,
  base_failed     bigint           NOT NULL,
  base_skipped    bigint           NOT NULL,
  position        bigint           NOT NULL,
  all_taken       boolean          NOT NULL,
  because         text,
  ended_at        timestamptz,
  version         integer          NOT NULL,
  driver          uuid, -- the process that moves it on, and until when it may
  driven_until    timestamptz,
  -- Sums over its items, so that nobody counts them.
  items_taken     bigint           NOT NULL DEFAULT 0,
  items_succeeded bigint           NOT NULL DEFAULT 0,
  items_skipped   bigint           NOT NULL DEFAULT 0,
  -- The last item that it met; the next portion begins behind it.
  last_created_at timestamptz      NOT NULL DEFAULT 'epoch',
  last_place      bigint           NOT NULL DEFAULT 0,
  last_id         uuid             NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  CONSTRAINT operation_ends_when_it_is_over CHECK ((state IN ('completed', 'cancelled')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS operations_number ON holdfast.operations (number);
CREATE INDEX IF NOT EXISTS operations_ended_at ON holdfast.operations (ended_at) WHERE ended_at IS NOT NULL;

-- Each item that an operation met. While its outcome is open it is looked up where the item is, from where it can be in one place only: an
-- outcome written here by every acknowledgement would be a price for all items, and most of them belong to no operation.
CREATE TABLE IF NOT EXISTS holdfast.operation_items (
  operation uuid     NOT NULL,
  id        uuid     NOT NULL,
  outcome   smallint NOT NULL CHECK (outcome IN (0, 1, 3)), -- 0 open, 1 succeeded, 3 skipped
  PRIMARY KEY (operation, id)
);
CREATE INDEX IF NOT EXISTS operation_items_open ON holdfast.operation_items (operation, id) WHERE outcome = 0;

-- What a replay or a discard walks along: the order of arrival, within a group that of the group.
CREATE INDEX IF NOT EXISTS retry_dead_letters_arrival ON holdfast.retry_dead_letters (created_at, (coalesce(group_place, 0)), id);

-- The changes of many take items in the order in which they are to be preferred, and answer with those that they changed. Their groups are locked.

-- Puts back what is dead-lettered or failed and untouched since the cutoff, unless another has its correlation id.
CREATE OR REPLACE FUNCTION holdfast.requeue_retries(p_ids uuid[], p_cutoff timestamptz, p_message text) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS
$$
DECLARE
  this_moment timestamptz := holdfast.clock();
  today date := holdfast.retry_day();
  free uuid[];
  keyed uuid[];
  done uuid[];
  groups text[];
BEGIN
  PERFORM FROM holdfast.retry_dead_letters d WHERE d.id = ANY (p_ids) ORDER BY d.id FOR UPDATE;

  WITH claimants AS (
    SELECT DISTINCT ON (d.correlation_id) d.correlation_id, d.id
    FROM unnest(p_ids) WITH ORDINALITY AS g (id, place) JOIN (
      SELECT d.id, d.correlation_id FROM holdfast.retry_dead_letters d
      WHERE d.id = ANY (p_ids) AND d.correlation_id IS NOT NULL AND d.status IN ('dead_letter', 'failed') AND d.updated_at <= p_cutoff OFFSET 0) d ON d.id = g.id
    ORDER BY d.correlation_id, g.place
  ), held AS (
    INSERT INTO holdfast.retry_keys AS k (correlation_id, id) SELECT c.correlation_id, c.id FROM claimants c ORDER BY c.correlation_id
    ON CONFLICT DO NOTHING RETURNING k.id
  )
  SELECT array_agg(h.id) INTO keyed FROM held h;
  free := ARRAY(
    SELECT d.id FROM holdfast.retry_dead_letters d
    WHERE d.id = ANY (p_ids) AND d.correlation_id IS NULL AND d.status IN ('dead_letter', 'failed') AND d.updated_at <= p_cutoff);

  WITH gone AS (
    DELETE FROM holdfast.retry_dead_letters d WHERE d.id = ANY (free || keyed) RETURNING d.*
  ), back AS (
    INSERT INTO holdfast.retries
    SELECT
      g.id, holdfast.microseconds(this_moment) + g.penalty, g.penalty, this_moment, g.created_at, this_moment, g.timeout, g.priority, 0, g.max_retries, 0,
      g.version, g.size_bytes, g.group_place, g.group_key IS NULL, false, g.group_key IS NOT NULL, g.operation_type, g.target, g.payload,
      g.correlation_id, g.idempotency_key, g.group_key, g.tags, g.original_event, g.failure, g.fingerprint
    FROM gone g ORDER BY g.id
  ), placed AS (
    INSERT INTO holdfast.retry_group_places (group_key, place, id) SELECT g.group_key, g.group_place, g.id FROM gone g WHERE g.group_key IS NOT NULL
    ON CONFLICT DO NOTHING
  ), counted AS (
    INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
    SELECT g.operation_type, s.status, s.sign * count(*)
    FROM gone g CROSS JOIN LATERAL (VALUES (g.status, -1), ('pending', 1)) s (status, sign) GROUP BY g.operation_type, s.status, s.sign
  ), logged AS (
    INSERT INTO holdfast.retry_log (id, at, logged_on, kind, attempt, message) SELECT g.id, this_moment, today, 'requeued', g.attempt, p_message FROM gone g
  )
  SELECT array_agg(g.id), array_agg(DISTINCT g.group_key) FILTER (WHERE g.group_key IS NOT NULL) INTO done, groups FROM gone g;
  PERFORM holdfast.arrange_retry_groups(groups);
  RETURN coalesce(done, '{}');
END
$$;

-- Gives up what is dead-lettered or failed and untouched since the cutoff.
CREATE OR REPLACE FUNCTION holdfast.discard_retries(p_ids uuid[], p_cutoff timestamptz, p_message text) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS
$$
DECLARE
  this_moment timestamptz := holdfast.clock();
  today date := holdfast.retry_day();
  done uuid[];
  groups text[];
BEGIN
  WITH before AS MATERIALIZED (
    SELECT d.id, d.status, d.operation_type, d.group_key, d.attempt FROM holdfast.retry_dead_letters d
    WHERE d.id = ANY (p_ids) AND d.status IN ('dead_letter', 'failed') AND d.updated_at <= p_cutoff ORDER BY d.id FOR UPDATE
  ), given_up AS (
    UPDATE holdfast.retry_dead_letters d SET status = 'cancelled', updated_at = this_moment FROM before b WHERE d.id = ANY (p_ids) AND d.id = b.id
  ), unplaced AS (
    DELETE FROM holdfast.retry_group_places p WHERE p.id = ANY (p_ids) AND p.id IN (SELECT b.id FROM before b)
  ), counted AS (
    INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
    SELECT b.operation_type, s.status, s.sign * count(*)
    FROM before b CROSS JOIN LATERAL (VALUES (b.status, -1), ('cancelled', 1)) s (status, sign) GROUP BY b.operation_type, s.status, s.sign
  ), logged AS (
    INSERT INTO holdfast.retry_log (id, at, logged_on, kind, attempt, message) SELECT b.id, this_moment, today, 'cancelled', b.attempt, p_message FROM before b
  )
  SELECT array_agg(b.id), array_agg(DISTINCT b.group_key) FILTER (WHERE b.group_key IS NOT NULL) INTO done, groups FROM before b;
  PERFORM holdfast.arrange_retry_groups(groups);
  RETURN coalesce(done, '{}');
END
$$;

-- Gives up what waits.
CREATE OR REPLACE FUNCTION holdfast.cancel_retries(p_ids uuid[], p_message text) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS
$$
DECLARE
  this_moment timestamptz := holdfast.clock();
  today date := holdfast.retry_day();
  done uuid[];
  groups text[];
BEGIN
  PERFORM FROM holdfast.retries r WHERE r.id = ANY (p_ids) ORDER BY r.id FOR UPDATE;

  WITH gone AS (
    DELETE FROM holdfast.retries r WHERE r.id = ANY (p_ids) RETURNING r.*
  ), aside AS (
    INSERT INTO holdfast.retry_dead_letters
    SELECT
      'cancelled', g.id, g.sort_key, g.penalty, g.run_after, g.created_at, this_moment, g.timeout, g.priority, g.attempt, g.max_retries, g.crashes, g.version,
      g.size_bytes, g.group_place, false, false, false, g.operation_type, g.target, g.payload, g.correlation_id, g.idempotency_key, g.group_key, g.tags,
      g.original_event, g.failure, g.fingerprint
    FROM gone g
  ), unlocked AS (
    DELETE FROM holdfast.retry_keys k USING gone g WHERE k.correlation_id = ANY (ARRAY(SELECT correlation_id FROM gone)) AND k.correlation_id = g.correlation_id AND k.id = g.id
  ), unplaced AS (
    DELETE FROM holdfast.retry_group_places p WHERE p.id = ANY (p_ids) AND p.id IN (SELECT g.id FROM gone g)
  ), counted AS (
    INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
    SELECT g.operation_type, s.status, s.sign * count(*)
    FROM gone g CROSS JOIN (VALUES ('pending', -1), ('cancelled', 1)) s (status, sign) GROUP BY g.operation_type, s.status, s.sign
  ), logged AS (
    INSERT INTO holdfast.retry_log (id, at, logged_on, kind, attempt, message) SELECT g.id, this_moment, today, 'cancelled', g.attempt, p_message FROM gone g
  )
  SELECT array_agg(g.id), array_agg(DISTINCT g.group_key) FILTER (WHERE g.group_key IS NOT NULL) INTO done, groups FROM gone g;
  PERFORM holdfast.arrange_retry_groups(groups);
  RETURN coalesce(done, '{}');
END
$$;

-- Does to items what the operation is for, until so many are taken, and notes those that it met. Two who drive one operation come one after the
-- other. p_ids, p_created_at and p_places: what belonged to it a moment ago, in order.
CREATE OR REPLACE FUNCTION holdfast.take_operation_items(
  p_operation uuid, p_ids uuid[], p_created_at timestamptz[], p_places bigint[], p_limit integer, OUT taken bigint, OUT skipped bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off AS
$$
#variable_conflict use_variable
DECLARE
  this_one holdfast.operations;
  fresh uuid[];
  within_reach uuid[];
  groups text[];
  portion uuid[];
  done uuid[];
  last_met integer;
BEGIN
  taken := 0;
  skipped := 0;
  SELECT o.* INTO this_one FROM holdfast.operations o WHERE o.id = p_operation FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;

  fresh := ARRAY(
    SELECT g.id FROM unnest(p_ids) WITH ORDINALITY AS g (id, place)
    WHERE (SELECT true FROM holdfast.operation_items i WHERE i.operation = p_operation AND i.id = g.id) IS NULL ORDER BY g.place);
  -- What is being executed at this moment is skipped, also when it comes back at once: its group would not be locked.
  SELECT array_agg(f.id), array_agg(DISTINCT f.group_key) INTO within_reach, groups
  FROM (
    SELECT r.id, r.group_key FROM holdfast.retries r WHERE r.id = ANY (fresh)
    UNION ALL SELECT d.id, d.group_key FROM holdfast.retry_dead_letters d WHERE d.id = ANY (fresh)) f;
  PERFORM holdfast.lock_retry_groups(groups);

  -- What is skipped uses up nothing of the limit.
  WHILE taken < p_limit AND cardinality(fresh) > 0 LOOP
    portion := fresh[1 : p_limit - taken];
    fresh := fresh[cardinality(portion) + 1 :];
    done := ARRAY(SELECT g.id FROM unnest(portion) WITH ORDINALITY AS g (id, place) WHERE g.id IN (SELECT unnest(within_reach)) ORDER BY g.place);
    done := CASE this_one.kind
      WHEN 'replay' THEN holdfast.requeue_retries(done, this_one.cutoff, 'operation ' || p_operation)
      WHEN 'discard' THEN holdfast.discard_retries(done, this_one.cutoff, 'operation ' || p_operation)
      ELSE holdfast.cancel_retries(done, 'operation ' || p_operation)
    END;
    INSERT INTO holdfast.operation_items (operation, id, outcome)
    SELECT p_operation, g.id, CASE WHEN d.id IS NULL THEN 3 WHEN this_one.kind = 'replay' THEN 0 ELSE 1 END
    FROM unnest(portion) g (id) LEFT JOIN unnest(done) d (id) ON d.id = g.id;
    taken := taken + cardinality(done);
    skipped := skipped + cardinality(portion) - cardinality(done);
    last_met := array_position(p_ids, portion[cardinality(portion)]);
  END LOOP;

  UPDATE holdfast.operations o SET
    items_taken = o.items_taken + taken, items_succeeded = o.items_succeeded + CASE o.kind WHEN 'replay' THEN 0 ELSE taken END, items_skipped = o.items_skipped + skipped,
    last_created_at = p_created_at[last_met], last_place = p_places[last_met], last_id = p_ids[last_met]
  WHERE o.id = p_operation AND last_met IS NOT NULL;
END
$$;

-- What came of the items of an operation. Success is final and is noted, so that a look costs what is open. Putting back sets the attempts to 0,
-- so every attempt that has ended is one since then. What is neither waiting nor processed nor completed has failed, also when retention has
-- deleted it: what is completed is noted before its line of history goes. OperationReach is the same table; a test compares them.
CREATE OR REPLACE FUNCTION holdfast.read_operation_outcomes(p_operation uuid, OUT taken bigint, OUT succeeded bigint, OUT failed bigint, OUT skipped bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_nestloop = off SET jit = off AS
$$
#variable_conflict use_column
DECLARE
  since date;
  completed uuid[];
  failures bigint;
  noted bigint;
BEGIN
  SELECT (o.cutoff AT TIME ZONE 'UTC')::date INTO since FROM holdfast.operations o WHERE o.id = p_operation FOR UPDATE;

  WITH held AS MATERIALIZED (
    SELECT h.id, h.attempt FROM holdfast.retries_held h
  ), states AS (
    SELECT
      i.id,
      CASE WHEN i.attempt IS NOT NULL THEN CASE WHEN i.attempt > 0 THEN 2 ELSE 0 END
        WHEN h.id IS NOT NULL THEN CASE WHEN h.attempt > 1 THEN 2 ELSE 0 END
        WHEN EXISTS (SELECT FROM holdfast.retry_log l WHERE l.id = i.id AND l.kind = 'completed' AND l.logged_on >= since) THEN 1
        ELSE 2
      END AS outcome
    FROM (
      SELECT o.id, (SELECT r.attempt FROM holdfast.retries r WHERE r.id = o.id) AS attempt
      FROM holdfast.operation_items o WHERE o.operation = p_operation AND o.outcome = 0 OFFSET 0) i
    LEFT JOIN held h ON h.id = i.id
  )
  SELECT array_agg(s.id) FILTER (WHERE s.outcome = 1), count(*) FILTER (WHERE s.outcome = 2) INTO completed, failures FROM states s;

  UPDATE holdfast.operation_items i SET outcome = 1 WHERE i.operation = p_operation AND i.id = ANY (completed) AND i.outcome = 0;
  GET DIAGNOSTICS noted = ROW_COUNT;
  UPDATE holdfast.operations o SET items_succeeded = o.items_succeeded + noted WHERE o.id = p_operation AND noted > 0;
  SELECT o.items_taken, o.items_succeeded, failures, o.items_skipped INTO taken, succeeded, failed, skipped FROM holdfast.operations o WHERE o.id = p_operation;
END
$$;

-- Before a day of history is dropped: what is completed in it would be taken for failed.
CREATE OR REPLACE FUNCTION holdfast.note_operation_outcomes() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  operation uuid;
BEGIN
  FOR operation IN SELECT o.id FROM holdfast.operations o WHERE o.kind = 'replay' AND o.items_taken > o.items_succeeded ORDER BY o.number LOOP
    PERFORM holdfast.read_operation_outcomes(operation);
  END LOOP;
END
$$;

-- Deletes operations past their keep time with the notes of their items, one at a time and at most so many notes; whether there may be more.
CREATE OR REPLACE FUNCTION holdfast.prune_operations(p_before timestamptz, p_rows integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  oldest uuid;
  deleted bigint;
BEGIN
  SELECT o.id INTO oldest FROM holdfast.operations o WHERE o.ended_at < p_before ORDER BY o.ended_at LIMIT 1;
  IF NOT FOUND THEN
    RETURN false;
  END IF;

  DELETE FROM holdfast.operation_items i WHERE i.operation = oldest AND i.id = ANY (ARRAY(
    SELECT n.id FROM holdfast.operation_items n WHERE n.operation = oldest ORDER BY n.id LIMIT p_rows));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  DELETE FROM holdfast.operations o WHERE o.id = oldest AND deleted < p_rows;
  RETURN true;
END
$$;

-- The rights of operations, beside those of 016.
DO
$$
BEGIN
  IF to_regproc('holdfast.grant_retry_rights') IS NULL THEN
    ALTER FUNCTION holdfast.grant_rights() RENAME TO grant_retry_rights;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION holdfast.grant_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  PERFORM holdfast.grant_retry_rights();

  IF to_regrole('holdfast_app') IS NOT NULL THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.operations, holdfast.operation_items TO holdfast_app;
  END IF;

  IF to_regrole('holdfast_read') IS NOT NULL THEN
    GRANT SELECT ON holdfast.operations, holdfast.operation_items TO holdfast_read;
  END IF;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA holdfast FROM PUBLIC;

SELECT holdfast.grant_rights();
