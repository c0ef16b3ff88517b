-- For workers in any language: nothing but these functions is needed, and a right to nothing else (role holdfast_worker). A worker makes up a
-- UUID when it starts, heartbeats every 4 seconds, and goes on under another UUID when a heartbeat answers false. Of an item it says once what
-- came of it (complete_retry, fail_retry), or that it was not begun (return_retry), and it says when it leaves.

-- Begins or prolongs the lease of a worker, 12 seconds; false: it had ended, and its items may be somebody else's.
CREATE OR REPLACE FUNCTION holdfast.heartbeat_retry_worker(worker_id uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT holdfast.renew_retry_process(worker_id, coalesce(host(inet_client_addr()), 'local') || ' (' || session_user || ')', interval '12 seconds') $$;

-- Hands out items that are due, in the order of the queue; nobody else gets them, and each is an attempt. An item comes back with its token,
-- without which no outcome counts. operation_types: those that the worker can execute; without them it gets what there is. An item that killed
-- two workers is handed out when nothing else is there, to a worker that has nothing, which gets no other before its outcome is known.
CREATE OR REPLACE FUNCTION holdfast.acquire_retry_batch(batch_size integer, worker_id uuid, operation_types text[] DEFAULT NULL)
RETURNS TABLE (
  id uuid, token bigint, operation_type text, target text, payload json, attempt integer, max_retries integer, timeout_seconds double precision,
  priority integer, correlation_id text, idempotency_key text, group_key text, tags text[], original_event json, created_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
#variable_conflict use_column
DECLARE
  alone boolean;
BEGIN
  IF NOT holdfast.heartbeat_retry_worker(worker_id) THEN
    RAISE EXCEPTION 'the lease of worker % has ended', worker_id
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Go on under another UUID: its items may be somebody else''s.';
  END IF;

  -- Items are large, and a batch of several is never alone.
  IF EXISTS (SELECT FROM holdfast.retry_leases l WHERE l.process = worker_id AND CASE WHEN cardinality(l.ids) = 1 THEN (l.items[1]).solitary END) THEN
    RETURN;
  END IF;

  FOREACH alone IN ARRAY ARRAY[false, true] LOOP
    EXIT WHEN alone AND EXISTS (SELECT FROM holdfast.retry_leases l WHERE l.process = worker_id);

    RETURN QUERY
    SELECT
      i.id, c.token, i.operation_type, i.target, i.payload, i.attempt + 1, i.max_retries, extract(epoch FROM i.timeout)::double precision, i.priority,
      i.correlation_id, i.idempotency_key, i.group_key, i.tags, i.original_event, i.created_at
    FROM holdfast.claim_retries(worker_id, greatest(1, least(batch_size, 1000)), alone, operation_types) c
    CROSS JOIN LATERAL unnest(c.items) WITH ORDINALITY AS i (
      id, sort_key, penalty, run_after, created_at, updated_at, timeout, priority, attempt, max_retries, crashes, version, size_bytes, group_place, ready,
      solitary, blocked, operation_type, target, payload, correlation_id, idempotency_key, group_key, tags, original_event, failure, fingerprint, place)
    ORDER BY i.place;
  END LOOP;
END
$$;

-- It is done. False: the token is not the last one, and nothing was changed.
CREATE OR REPLACE FUNCTION holdfast.complete_retry(id uuid, token bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT (holdfast.settle_retries(
    NULL, ARRAY[id], ARRAY[token], '{completed}', ARRAY[interval '0'],
    ARRAY[(SELECT clock_timestamp() - now() + holdfast.clock() - l.claimed_at FROM holdfast.retry_leases l WHERE l.token = complete_retry.token)],
    ARRAY[NULL::text], ARRAY[NULL::text]))[1] IS NOT NULL
$$;

-- How long until the attempt after this one: RetryPolicy.DelayAfter.
CREATE OR REPLACE FUNCTION holdfast.retry_delay(p_operation_type text, p_attempt integer, p_random double precision DEFAULT random()) RETURNS interval
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS
$$
  SELECT make_interval(secs => least(
    extract(epoch FROM p.max_delay)::double precision,
    -- 700: exp() of more would overflow, and any cap is below it
    least(
      extract(epoch FROM p.max_delay)::double precision,
      extract(epoch FROM p.initial_delay)::double precision * exp(least(700, (p_attempt - 1) * ln(p.backoff_multiplier))))
    * (1 + p.jitter * (2 * p_random - 1))))
  FROM holdfast.retry_policies p WHERE p.operation_type IN (p_operation_type, '')
  ORDER BY p.operation_type DESC LIMIT 1
$$;

-- One name for failures with the same cause: RetryFingerprint.Of, of kind "sql" and without a frame.
CREATE OR REPLACE FUNCTION holdfast.retry_fingerprint(p_operation_type text, p_message text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
$$
  SELECT encode(substr(sha256(convert_to(p_operation_type || E'\nsql\n' || regexp_replace(left(p_message, 500),
    $re$[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|"[^"]*"|'[^']*'|\y0x[0-9a-fA-F]+\y|[0-9]+(?:[.:,][0-9]+)*$re$, '#', 'g') || E'\n', 'UTF8')), 1, 8), 'hex')
$$;

-- It failed. Answers with what became of the item: pending (tried again as the policy says), dead_letter (no attempt left), failed (no further
-- attempt would change it); NULL: the token is not the last one, and nothing was changed.
CREATE OR REPLACE FUNCTION holdfast.fail_retry(id uuid, token bigint, error text, retryable boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
#variable_conflict use_variable
DECLARE
  held record;
  may_retry boolean;
BEGIN
  SELECT (h.item).operation_type, h.attempt, h.claimed_at INTO held FROM holdfast.retries_held h WHERE h.token = fail_retry.token AND h.id = fail_retry.id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;

  may_retry := retryable AND NOT EXISTS (
    SELECT FROM (
      SELECT p.non_retryable FROM holdfast.retry_policies p WHERE p.operation_type IN (held.operation_type, '') ORDER BY p.operation_type DESC LIMIT 1) p
    CROSS JOIN unnest(p.non_retryable) word WHERE strpos(lower(error), lower(word)) > 0);
  RETURN (holdfast.settle_retries(
    NULL, ARRAY[id], ARRAY[token], ARRAY[CASE WHEN may_retry THEN 'retry' ELSE 'failed' END], ARRAY[holdfast.retry_delay(held.operation_type, held.attempt)],
    ARRAY[clock_timestamp() - now() + holdfast.clock() - held.claimed_at], ARRAY[left(error, 2048)], ARRAY[holdfast.retry_fingerprint(held.operation_type, error)]))[1];
END
$$;

-- It was not begun: it goes back to its place in the queue as if it had never been handed out. False: the token is not the last one.
CREATE OR REPLACE FUNCTION holdfast.return_retry(id uuid, token bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  SELECT (holdfast.settle_retries(
    NULL, ARRAY[id], ARRAY[token], '{returned}', ARRAY[interval '0'], ARRAY[NULL::interval], ARRAY[NULL::text], ARRAY[NULL::text]))[1] IS NOT NULL
$$;

-- A worker leaves, or takes another UUID because it does not know whether a batch was handed out to it: what it still has goes back as with
-- return_retry. Returns how many items that were.
CREATE OR REPLACE FUNCTION holdfast.leave_retry_worker(worker_id uuid) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT coalesce(holdfast.leave_retry_process(worker_id), 0) $$;

-- For cron and people: deletes history, failed and cancelled items and dead letters that are older; returns how many were deleted. The server
-- does this by itself, with the keep times that it is set to.
CREATE OR REPLACE FUNCTION holdfast.cleanup_old_retries(retention_days integer DEFAULT 7) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  oldest timestamptz := holdfast.clock() - make_interval(days => retention_days);
  deleted bigint := 0;
  step bigint;
BEGIN
  IF retention_days < 1 THEN
    RAISE EXCEPTION 'retention_days must be at least 1' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  LOOP
    step := holdfast.prune_retries_aside('{dead_letter,failed,cancelled}', oldest, 5000);
    deleted := deleted + step;
    EXIT WHEN step < 5000;
  END LOOP;

  LOOP
    SELECT holdfast.retry_day_items(d.partition_name) INTO step FROM holdfast.retry_days d WHERE d.day + 1 <= (oldest AT TIME ZONE 'UTC')::date ORDER BY d.day LIMIT 1;
    EXIT WHEN NOT FOUND;
    PERFORM holdfast.note_operation_outcomes();
    PERFORM holdfast.drop_retry_day(oldest);
    deleted := deleted + step;
  END LOOP;

  RETURN deleted;
END
$$;

CREATE OR REPLACE FUNCTION holdfast.retry_day_items(p_partition text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  items bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM holdfast.%I WHERE kind = ''completed''', p_partition) INTO items;
  RETURN items;
END
$$;
