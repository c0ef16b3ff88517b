-- What operators do to single items, and the upkeep.

-- Says that an item has another status than before; NULL: it had none, or has none any more.
CREATE OR REPLACE FUNCTION holdfast.count_retry(p_operation_type text, p_before text, p_after text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS
$$
  INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
  SELECT p_operation_type, c.status, c.items FROM (VALUES (p_before, -1), (p_after, 1)) c (status, items) WHERE c.status IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION holdfast.log_retry(p_item holdfast.retries, p_kind text, p_token bigint, p_process uuid, p_message text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS
$$
  INSERT INTO holdfast.retry_log (id, at, logged_on, kind, attempt, token, process, message)
  VALUES ((p_item).id, holdfast.clock(), holdfast.retry_day(), p_kind, (p_item).attempt, p_token, p_process, p_message)
$$;

-- Takes an item from where it is, if it is in one of these states, and tells which it was in: NULL when there is no such item. Its group is
-- locked first, so what is nowhere at that moment is not looked for: it would come without its group. An item may move while it is looked
-- for; then it is looked for again.
CREATE OR REPLACE FUNCTION holdfast.take_retry(
  p_id uuid, p_states text[], OUT was text, OUT item holdfast.retries, OUT token bigint, OUT process uuid)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
#variable_conflict use_column
DECLARE
  groups text[];
  lease record;
  letter holdfast.retry_dead_letters;
BEGIN
  groups := ARRAY(
    SELECT r.group_key FROM holdfast.retries r WHERE r.id = p_id
    UNION ALL SELECT d.group_key FROM holdfast.retry_dead_letters d WHERE d.id = p_id
    UNION ALL SELECT unnest(coalesce(l.group_keys, '{NULL}')) FROM holdfast.retry_leases l WHERE p_id = ANY (l.ids));
  PERFORM holdfast.lock_retry_groups(groups);

  WHILE groups <> '{}' LOOP
    SELECT r.* INTO item FROM holdfast.retries r WHERE r.id = p_id FOR UPDATE;
    IF FOUND THEN
      was := 'pending';
      IF was = ANY (p_states) THEN
        DELETE FROM holdfast.retries r WHERE r.id = p_id;
      END IF;

      RETURN;
    END IF;

    SELECT l.token, l.process, l.items[array_position(l.ids, p_id)] AS item, array_position(l.ids, p_id) AS ordinal, cardinality(l.ids) = cardinality(l.done) + 1 AS is_last
    INTO lease FROM holdfast.retry_leases l
    WHERE p_id = ANY (l.ids) AND NOT array_position(l.ids, p_id) = ANY (l.done) FOR UPDATE;
    IF FOUND THEN
      was := 'processing';
      item := lease.item;
      item.attempt := item.attempt + 1; -- the one that is under way
      token := lease.token;
      process := lease.process;
      IF was = ANY (p_states) THEN
        IF lease.is_last THEN
          DELETE FROM holdfast.retry_leases l WHERE l.token = lease.token;
        ELSE
          UPDATE holdfast.retry_leases l SET done = l.done || lease.ordinal WHERE l.token = lease.token;
        END IF;
      END IF;

      RETURN;
    END IF;

    SELECT d.* INTO letter FROM holdfast.retry_dead_letters d WHERE d.id = p_id FOR UPDATE;
    IF FOUND THEN
      was := letter.status;
      item := holdfast.retry_of(letter);
      IF was = ANY (p_states) THEN
        DELETE FROM holdfast.retry_dead_letters d WHERE d.id = p_id;
      END IF;

      RETURN;
    END IF;

    -- Is it gone, or did it only go from where was not looked yet to where was looked already?
    EXIT WHEN NOT EXISTS (SELECT FROM holdfast.retries r WHERE r.id = p_id)
      AND NOT EXISTS (SELECT FROM holdfast.retries_held h WHERE h.id = p_id)
      AND NOT EXISTS (SELECT FROM holdfast.retry_dead_letters d WHERE d.id = p_id);
  END LOOP;

  IF EXISTS (SELECT FROM holdfast.retry_log l WHERE l.id = p_id AND l.kind = 'completed') THEN
    was := 'completed';
  END IF;
END
$$;

-- Puts an item aside that was taken, and lets go what it held.
CREATE OR REPLACE FUNCTION holdfast.put_retry_aside(p_item holdfast.retries, p_before text, p_after text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  p_item.updated_at := holdfast.clock();
  p_item.ready := false;
  p_item.blocked := false;
  p_item.solitary := false;
  INSERT INTO holdfast.retry_dead_letters SELECT p_after, (p_item).*;
  DELETE FROM holdfast.retry_keys k WHERE k.correlation_id = p_item.correlation_id AND k.id = p_item.id;
  IF p_item.group_key IS NOT NULL THEN
    DELETE FROM holdfast.retry_group_places p WHERE p.id = p_item.id AND p_after <> 'dead_letter';
    PERFORM holdfast.arrange_retry_groups(ARRAY[p_item.group_key]);
  END IF;

  PERFORM holdfast.count_retry(p_item.operation_type, p_before, p_after);
END
$$;

-- The changes answer with done, not_found, wrong_state, duplicate or changed.
CREATE OR REPLACE FUNCTION holdfast.cancel_retry(p_id uuid) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  states text[] := '{pending,processing,dead_letter}';
  taken record;
BEGIN
  SELECT * INTO taken FROM holdfast.take_retry(p_id, states);
  IF taken.was IS NULL OR NOT taken.was = ANY (states) THEN
    RETURN CASE WHEN taken.was IS NULL THEN 'not_found' ELSE 'wrong_state' END;
  END IF;

  PERFORM holdfast.put_retry_aside(taken.item, taken.was, 'cancelled');
  PERFORM holdfast.log_retry(taken.item, 'cancelled', taken.token, taken.process, NULL);
  RETURN 'done';
END
$$;

CREATE OR REPLACE FUNCTION holdfast.dead_letter_retry(p_id uuid, p_reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  states text[] := '{pending,processing}';
  taken record;
BEGIN
  SELECT * INTO taken FROM holdfast.take_retry(p_id, states);
  IF taken.was IS NULL OR NOT taken.was = ANY (states) THEN
    RETURN CASE WHEN taken.was IS NULL THEN 'not_found' ELSE 'wrong_state' END;
  END IF;

  PERFORM holdfast.put_retry_aside(taken.item, taken.was, 'dead_letter');
  PERFORM holdfast.log_retry(taken.item, 'dead_lettered', taken.token, taken.process, p_reason);
  RETURN 'done';
END
$$;

-- Due at once, with all its attempts again and no crashes, and at its old place in its group.
CREATE OR REPLACE FUNCTION holdfast.requeue_retry(p_id uuid) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  states text[] := '{dead_letter,failed,cancelled}';
  taken record;
  item holdfast.retries;
BEGIN
  SELECT * INTO taken FROM holdfast.take_retry(p_id, '{}');
  IF taken.was IS NULL OR NOT taken.was = ANY (states) THEN
    RETURN CASE WHEN taken.was IS NULL THEN 'not_found' ELSE 'wrong_state' END;
  END IF;

  item := taken.item;
  IF item.correlation_id IS NOT NULL THEN
    INSERT INTO holdfast.retry_keys (correlation_id, id) VALUES (item.correlation_id, p_id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RETURN 'duplicate';
    END IF;
  END IF;

  DELETE FROM holdfast.retry_dead_letters d WHERE d.id = p_id;
  item.attempt := 0;
  item.crashes := 0;
  item.run_after := holdfast.clock();
  item.updated_at := item.run_after;
  item.sort_key := holdfast.microseconds(item.run_after) + item.penalty;
  item.blocked := item.group_key IS NOT NULL;
  item.ready := NOT item.blocked;
  INSERT INTO holdfast.retries SELECT (item).*;
  IF item.blocked THEN
    INSERT INTO holdfast.retry_group_places (group_key, place, id) VALUES (item.group_key, item.group_place, p_id) ON CONFLICT DO NOTHING;
    PERFORM holdfast.arrange_retry_groups(ARRAY[item.group_key]);
  END IF;

  PERFORM holdfast.count_retry(item.operation_type, taken.was, 'pending');
  PERFORM holdfast.log_retry(taken.item, 'requeued', NULL, NULL, NULL);
  RETURN 'done';
END
$$;

CREATE OR REPLACE FUNCTION holdfast.edit_retry(p_id uuid, p_version integer, p_payload text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  taken record;
BEGIN
  SELECT * INTO taken FROM holdfast.take_retry(p_id, '{}');
  IF taken.was IS NULL OR taken.was IN ('processing', 'completed') THEN
    RETURN CASE WHEN taken.was IS NULL THEN 'not_found' ELSE 'wrong_state' END;
  END IF;

  IF (taken.item).version <> p_version THEN
    RETURN 'changed';
  END IF;

  IF taken.was = 'pending' THEN
    UPDATE holdfast.retries r SET payload = p_payload::json, version = r.version + 1, updated_at = holdfast.clock(),
      size_bytes = octet_length(p_payload) + coalesce(octet_length(r.original_event::text), 0)
    WHERE r.id = p_id;
  ELSE
    UPDATE holdfast.retry_dead_letters r SET payload = p_payload::json, version = r.version + 1, updated_at = holdfast.clock(),
      size_bytes = octet_length(p_payload) + coalesce(octet_length(r.original_event::text), 0)
    WHERE r.id = p_id;
  END IF;

  PERFORM holdfast.log_retry(taken.item, 'edited', NULL, NULL, NULL);
  RETURN 'done';
END
$$;

CREATE OR REPLACE FUNCTION holdfast.retry_of(p_letter holdfast.retry_dead_letters) RETURNS holdfast.retries
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
$$
  SELECT ROW(
    p_letter.id, p_letter.sort_key, p_letter.penalty, p_letter.run_after, p_letter.created_at, p_letter.updated_at, p_letter.timeout,
    p_letter.priority, p_letter.attempt, p_letter.max_retries, p_letter.crashes, p_letter.version, p_letter.size_bytes, p_letter.group_place,
    p_letter.ready, p_letter.solitary, p_letter.blocked, p_letter.operation_type, p_letter.target, p_letter.payload, p_letter.correlation_id,
    p_letter.idempotency_key, p_letter.group_key, p_letter.tags, p_letter.original_event, p_letter.failure, p_letter.fingerprint)::holdfast.retries
$$;

-- Folds running sums: a bounded step.
CREATE OR REPLACE FUNCTION holdfast.fold_retry_counts(p_rows integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  folded integer;
BEGIN
  WITH gone AS (
    DELETE FROM holdfast.retry_count_deltas WHERE ctid = ANY (ARRAY(SELECT d.ctid FROM holdfast.retry_count_deltas d LIMIT p_rows FOR UPDATE SKIP LOCKED))
    RETURNING operation_type, status, items
  ), sums AS (
    INSERT INTO holdfast.retry_counts AS c (operation_type, status, items)
    SELECT operation_type, status, sum(items) FROM gone GROUP BY operation_type, status ORDER BY operation_type, status
    ON CONFLICT (operation_type, status) DO UPDATE SET items = c.items + EXCLUDED.items
  )
  SELECT count(*) INTO folded FROM gone;
  DELETE FROM holdfast.retry_counts WHERE ctid = ANY (ARRAY(SELECT c.ctid FROM holdfast.retry_counts c WHERE c.items = 0 FOR UPDATE SKIP LOCKED));
  RETURN folded;
END
$$;

-- Deletes what was put aside and is past its keep time, at most so many items; returns how many.
CREATE OR REPLACE FUNCTION holdfast.prune_retries_aside(p_statuses text[], p_before timestamptz, p_rows integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  old uuid[];
  groups text[];
  deleted integer;
BEGIN
  old := ARRAY(
    SELECT d.id FROM holdfast.retry_dead_letters d WHERE d.updated_at < p_before AND d.status = ANY (p_statuses) ORDER BY d.updated_at LIMIT p_rows);
  groups := ARRAY(SELECT DISTINCT d.group_key FROM holdfast.retry_dead_letters d WHERE d.id = ANY (old) AND d.group_key IS NOT NULL);
  PERFORM holdfast.lock_retry_groups(groups);
  WITH gone AS (
    DELETE FROM holdfast.retry_dead_letters d WHERE d.id = ANY (old) AND d.updated_at < p_before AND d.status = ANY (p_statuses)
    RETURNING d.id, d.operation_type, d.status
  ), unplaced AS (
    DELETE FROM holdfast.retry_group_places p WHERE p.id = ANY (old) AND p.id IN (SELECT g.id FROM gone g)
  ), counted AS (
    INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
    SELECT operation_type, status, -count(*) FROM gone GROUP BY operation_type, status
  )
  SELECT count(*) INTO deleted FROM gone;
  PERFORM holdfast.arrange_retry_groups(groups);
  RETURN deleted;
END
$$;

-- Drops the oldest day of history that is past its keep time altogether, and tells whether there was one. The lock on the table is asked for
-- with little patience, since writers queue behind it; who does not get it comes back later.
CREATE OR REPLACE FUNCTION holdfast.drop_retry_day(p_before timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS
$$
DECLARE
  oldest record;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('holdfast.drop_partition', 0)) THEN
    RAISE EXCEPTION 'another node is dropping a partition' USING ERRCODE = 'lock_not_available';
  END IF;

  SELECT d.partition_name, d.day INTO oldest FROM holdfast.retry_days d WHERE d.day + 1 <= (p_before AT TIME ZONE 'UTC')::date ORDER BY d.day LIMIT 1;
  IF NOT FOUND THEN
    RETURN false;
  END IF;

  EXECUTE format(
    'INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
     SELECT (item).operation_type, ''completed'', -count(*) FROM holdfast.%I WHERE kind = ''completed'' GROUP BY 1', oldest.partition_name);
  EXECUTE format('ALTER TABLE holdfast.retry_log DETACH PARTITION holdfast.%I', oldest.partition_name);
  EXECUTE format('DROP TABLE holdfast.%I', oldest.partition_name);
  RETURN true;
END
$$;

-- The days of history that there are.
CREATE OR REPLACE VIEW holdfast.retry_days AS
SELECT
  child.relname::text AS partition_name,
  substring(pg_get_expr(child.relpartbound, child.oid) FROM $re$FROM \('([^']+)'\)$re$)::date AS day
FROM pg_inherits i
JOIN pg_class parent ON parent.oid = i.inhparent
JOIN pg_class child  ON child.oid = i.inhrelid
JOIN pg_namespace n  ON n.oid = parent.relnamespace
WHERE NOT i.inhdetachpending AND n.nspname = 'holdfast' AND parent.relname = 'retry_log';
