-- What can be done with the queue: each operation is one function and one round trip, and the server calls the same ones as workers in
-- other languages. Each takes its locks in this order: groups, lease rows by token, items by id (also those that it inserts: who hands in the same
-- ones again waits for them), correlation ids.

-- plpgsql keeps plans, also one that was made when the tables were empty: the hot functions forbid what would be slow when they are full, and compiling it.

CREATE OR REPLACE FUNCTION holdfast.microseconds(p_instant timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (extract(epoch FROM p_instant) * 1000000)::bigint $$;

-- Days of history, made before they are needed, and on demand; false when it is there.
CREATE OR REPLACE FUNCTION holdfast.ensure_retry_day(p_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS
$$
DECLARE
  partition_name text := 'retry_log_' || to_char(p_day, 'YYYYMMDD');
BEGIN
  IF to_regclass('holdfast.' || partition_name) IS NOT NULL THEN
    RETURN false;
  END IF;

  PERFORM pg_advisory_xact_lock(hashtextextended('holdfast.ensure_partition', 0));
  IF EXISTS (SELECT FROM pg_tables WHERE schemaname = 'holdfast' AND tablename = partition_name) THEN
    RETURN false;
  END IF;

  -- Beside the table and then attached: that holds up neither readers nor writers.
  EXECUTE format('CREATE TABLE holdfast.%I (LIKE holdfast.retry_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', partition_name);
  EXECUTE format('ALTER TABLE holdfast.retry_log ATTACH PARTITION holdfast.%I FOR VALUES FROM (%L) TO (%L)', partition_name, p_day, p_day + 1);
  RETURN true;
END
$$;

-- The day that lines are written to now.
CREATE OR REPLACE FUNCTION holdfast.retry_day() RETURNS date
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  today date := (holdfast.clock() AT TIME ZONE 'UTC')::date;
BEGIN
  IF to_regclass('holdfast.retry_log_' || to_char(today, 'YYYYMMDD')) IS NULL THEN
    PERFORM holdfast.ensure_retry_day(today);
  END IF;

  RETURN today;
END
$$;

-- Waits until nobody else changes these groups. In one order, so that two who want several do not wait for each other.
CREATE OR REPLACE FUNCTION holdfast.lock_retry_groups(p_group_keys text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  lock_key bigint;
BEGIN
  FOR lock_key IN SELECT DISTINCT hashtextextended('holdfast.retry_group:' || k, 0) FROM unnest(p_group_keys) k WHERE k IS NOT NULL ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(lock_key);
  END LOOP;
END
$$;

-- Lets the item of each group go whose turn it is, and nobody else: the first, unless one is being processed (an earlier one may have been put
-- back meanwhile). The groups are locked.
CREATE OR REPLACE FUNCTION holdfast.arrange_retry_groups(p_group_keys text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan AS
$$
DECLARE
  this_group text;
  head uuid;
BEGIN
  FOR this_group IN SELECT DISTINCT k FROM unnest(p_group_keys) k WHERE k IS NOT NULL LOOP
    SELECT p.id INTO head FROM holdfast.retry_group_places p WHERE p.group_key = this_group ORDER BY p.place LIMIT 1;

    -- Waits for a claim that is taking one of them at this moment, which is seen below.
    UPDATE holdfast.retries r SET blocked = true, ready = false WHERE r.group_key = this_group AND NOT r.blocked AND r.id <> head;
    IF NOT EXISTS (
      SELECT FROM (
        SELECT l.done, unnest(l.ids) AS id, generate_subscripts(l.ids, 1) AS ordinal FROM holdfast.retry_leases l WHERE l.group_keys @> ARRAY[this_group]) h
      JOIN holdfast.retry_group_places p ON p.id = h.id
      WHERE p.group_key = this_group AND NOT h.ordinal = ANY (h.done)) THEN
      UPDATE holdfast.retries r SET blocked = false, ready = r.run_after <= holdfast.clock() WHERE r.id = head AND r.blocked;
    END IF;
  END LOOP;
END
$$;

-- Where an item stands after an attempt. RetryTransitions is the same table; a test compares them.
CREATE OR REPLACE FUNCTION holdfast.retry_status_after(p_kind text, p_attempt integer, p_max_retries integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
  SELECT CASE p_kind
    WHEN 'completed' THEN 'completed'
    WHEN 'retry' THEN CASE WHEN p_attempt < p_max_retries THEN 'pending' ELSE 'dead_letter' END
    WHEN 'give_up' THEN 'dead_letter'
    WHEN 'failed' THEN 'failed'
    WHEN 'snooze' THEN 'pending'
    WHEN 'returned' THEN 'pending'
  END
$$;

CREATE OR REPLACE FUNCTION holdfast.retry_status_after_crash(p_crashes integer, p_attempt integer, p_max_retries integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN p_crashes >= 3 OR p_attempt >= p_max_retries THEN 'dead_letter' ELSE 'pending' END $$;

-- What is said of an item whose worker was lost: RetryTransitions.CrashFailure.
CREATE OR REPLACE FUNCTION holdfast.retry_crash_reason(p_crashes integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN p_crashes >= 3 THEN 'poison' ELSE 'worker lost' END $$;

-- What processes have: one row for each item of the lease rows whose outcome is not known. The item's attempt does not count the one that is
-- under way; attempt does.
CREATE OR REPLACE VIEW holdfast.retries_held AS
SELECT h.token, h.process, h.claimed_at, h.id, h.item, (h.item).attempt + 1 AS attempt
FROM (
  SELECT l.token, l.process, l.claimed_at, l.done, unnest(l.ids) AS id, generate_subscripts(l.ids, 1) AS ordinal, unnest(l.items) AS item
  FROM holdfast.retry_leases l) h
WHERE NOT h.ordinal = ANY (h.done);

-- Of the tables that grow, rows are looked up by their ids (= ANY, or one by one) before they are joined with anything: these tables are empty one
-- minute and hold a hundred thousand the next, and by statistics from the empty minute reading all of it for each row looks cheap.

-- Takes items in, all or none, and tells for each, by its place, whether it was taken, and the id that counts. Inserted first and held
-- against what is known afterwards: who enqueues the same id at this moment waits at the insertion, and what it became since is seen then.
CREATE OR REPLACE FUNCTION holdfast.enqueue_retries(
  p_ids uuid[], p_operation_types text[], p_targets text[], p_payloads text[], p_priorities integer[], p_penalties bigint[],
  p_correlation_ids text[], p_idempotency_keys text[], p_group_keys text[], p_tags text[], p_max_retries integer[],
  p_timeouts interval[], p_delays interval[], p_original_events text[])
RETURNS TABLE (id uuid, created boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS
$$
#variable_conflict use_column
DECLARE
  this_moment timestamptz := holdfast.clock();
  inserted uuid[];
  refused uuid[];
  late uuid[]; -- of those refused: another has their correlation id
  holders uuid[]; -- and who that is
  again boolean;
  correlated boolean := array_remove(p_correlation_ids, NULL) <> '{}';
  grouped boolean := array_remove(p_group_keys, NULL) <> '{}';
BEGIN
  IF grouped THEN
    PERFORM holdfast.lock_retry_groups(p_group_keys);
  END IF;

  -- 1. Of one id the first. In the order of ids, so that two who bring the same do not wait for each other.
  WITH given AS (
    SELECT * FROM unnest(
      p_ids, p_operation_types, p_targets, p_payloads, p_priorities, p_penalties, p_correlation_ids, p_idempotency_keys, p_group_keys, p_tags,
      p_max_retries, p_timeouts, p_delays, p_original_events) WITH ORDINALITY AS g (
      id, operation_type, target, payload, priority, penalty, correlation_id, idempotency_key, group_key, tags, max_retries, timeout, delay,
      original_event, place)
  ), fresh AS (
    INSERT INTO holdfast.retries (
      id, sort_key, penalty, run_after, created_at, updated_at, timeout, priority, attempt, max_retries, crashes, version, size_bytes,
      ready, solitary, blocked, operation_type, target, payload, correlation_id, idempotency_key, group_key, tags, original_event)
    SELECT
      g.id, holdfast.microseconds(this_moment + g.delay) + g.penalty, g.penalty, this_moment + g.delay, this_moment, this_moment, g.timeout,
      g.priority, 0, g.max_retries, 0, 1, octet_length(g.payload) + coalesce(octet_length(g.original_event), 0),
      g.delay <= interval '0' AND g.group_key IS NULL, false, g.group_key IS NOT NULL, g.operation_type, g.target, g.payload::json, g.correlation_id, g.idempotency_key, g.group_key,
      g.tags::text[], g.original_event::json
    FROM given g
    ORDER BY g.id, g.place
    ON CONFLICT DO NOTHING
    RETURNING retries.id
  )
  SELECT coalesce(array_agg(f.id), '{}') INTO inserted FROM fresh f;

  -- 2. Not what is known elsewhere: one statement, so one look at all of it, or an item that moves meanwhile would be missed in both places. Ids of
  -- version 7 grow: those beyond the highest in the history are not looked for one by one.
  WITH leased AS MATERIALIZED (SELECT unnest(l.ids) AS id FROM holdfast.retry_leases l),
  highest AS MATERIALIZED (SELECT l.id FROM holdfast.retry_log l ORDER BY l.id DESC LIMIT 1)
  SELECT coalesce(array_agg(n.id), '{}') INTO refused
  FROM unnest(inserted) n (id)
  WHERE n.id IN (SELECT l.id FROM leased l)
    OR (SELECT true FROM holdfast.retry_dead_letters d WHERE d.id = n.id)
    OR (n.id <= (SELECT h.id FROM highest h) AND (SELECT true FROM holdfast.retry_log l WHERE l.id = n.id LIMIT 1));

  -- 3. Of one correlation id the first. Who has it may be done before it is asked who that is; then it is free, and tried for again.
  IF correlated THEN
    LOOP
      INSERT INTO holdfast.retry_keys (correlation_id, id)
      SELECT r.correlation_id, r.id
      FROM unnest(p_ids, p_correlation_ids) WITH ORDINALITY AS g (id, correlation_id, place)
      JOIN (SELECT r.id, r.correlation_id FROM holdfast.retries r WHERE r.id = ANY (inserted) OFFSET 0) r ON r.id = g.id AND r.correlation_id = g.correlation_id
      WHERE g.id NOT IN (SELECT unnest(refused))
      ORDER BY g.correlation_id, g.place
      ON CONFLICT DO NOTHING;

      WITH wanted AS (
        -- Two, where the transaction's one look is older than the end of the first.
        SELECT r.id, (SELECT k.id FROM holdfast.retry_keys k WHERE k.correlation_id = r.correlation_id ORDER BY k.id = r.id DESC LIMIT 1) AS holder
        FROM holdfast.retries r
        WHERE r.id = ANY (inserted) AND r.id NOT IN (SELECT unnest(refused)) AND r.correlation_id IS NOT NULL)
      SELECT array_agg(w.id) FILTER (WHERE w.holder <> w.id), array_agg(w.holder) FILTER (WHERE w.holder <> w.id), coalesce(bool_or(w.holder IS NULL), false)
      INTO late, holders, again
      FROM wanted w;
      EXIT WHEN NOT again;
    END LOOP;

    refused := refused || late;
  END IF;

  IF refused <> '{}' THEN
    DELETE FROM holdfast.retries r WHERE r.id = ANY (refused);
    SELECT coalesce(array_agg(i.id), '{}') INTO inserted FROM (SELECT unnest(inserted) EXCEPT SELECT unnest(refused)) i (id);
  END IF;

  -- 4. Behind those of their group.
  IF grouped THEN
    WITH arrived AS (
      INSERT INTO holdfast.retry_group_places (group_key, place, id)
      SELECT o.group_key, nextval('holdfast.retry_group_places_place_seq'), o.id FROM (
        SELECT r.group_key, r.id FROM (
          SELECT g.id, min(g.place) AS place FROM unnest(p_ids) WITH ORDINALITY AS g (id, place) WHERE g.id IN (SELECT unnest(inserted)) GROUP BY g.id) g
        JOIN (SELECT r.id, r.group_key FROM holdfast.retries r WHERE r.id = ANY (inserted) AND r.group_key IS NOT NULL OFFSET 0) r ON r.id = g.id
        ORDER BY g.place) o
      RETURNING retry_group_places.id, retry_group_places.place
    )
    UPDATE holdfast.retries r SET group_place = a.place FROM arrived a WHERE r.id = ANY (inserted) AND r.id = a.id;
    PERFORM holdfast.arrange_retry_groups(p_group_keys);
  END IF;

  INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
  SELECT g.operation_type, 'pending', count(*) FROM (
    SELECT DISTINCT ON (g.id) g.id, g.operation_type FROM unnest(p_ids, p_operation_types) WITH ORDINALITY AS g (id, operation_type, place)
    WHERE g.id IN (SELECT unnest(inserted)) ORDER BY g.id, g.place) g
  GROUP BY g.operation_type;

  RETURN QUERY
  SELECT coalesce(h.holder, g.id), i.id IS NOT NULL AND g.nth = 1
  FROM (
    SELECT g.id, g.place, row_number() OVER (PARTITION BY g.id ORDER BY g.place) AS nth
    FROM unnest(p_ids) WITH ORDINALITY AS g (id, place)) g
  LEFT JOIN (SELECT unnest(inserted) AS id) i ON i.id = g.id
  LEFT JOIN unnest(late, holders) h (id, holder) ON h.id = g.id
  ORDER BY g.place;
END
$$;

-- Begins or prolongs the lease of a worker process; false when it had ended.
CREATE OR REPLACE FUNCTION holdfast.renew_retry_process(p_process uuid, p_node text, p_lease interval) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS
$$
  WITH renewed AS (
    INSERT INTO holdfast.retry_processes AS p (process, node, begun_at, lease_until) VALUES (p_process, p_node, holdfast.clock(), holdfast.clock() + p_lease)
    ON CONFLICT (process) DO UPDATE SET lease_until = EXCLUDED.lease_until
      WHERE p.ended_at IS NULL AND p.lease_until > holdfast.clock()
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM renewed)
$$;

-- The types of what waits to be handed out, each found by one step in the index.
CREATE OR REPLACE FUNCTION holdfast.ready_retry_types() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS
$$
  WITH RECURSIVE found (name) AS (
    (SELECT r.operation_type FROM holdfast.retries r WHERE r.ready AND NOT r.solitary ORDER BY r.operation_type LIMIT 1)
    UNION ALL
    SELECT (SELECT r.operation_type FROM holdfast.retries r WHERE r.ready AND NOT r.solitary AND r.operation_type > f.name ORDER BY r.operation_type LIMIT 1)
    FROM found f WHERE f.name IS NOT NULL)
  SELECT coalesce(array_agg(f.name), '{}') FROM found f WHERE f.name IS NOT NULL
$$;

-- Hands out what is due, in the order of the queue: deleted here and written into one lease row. Nothing when the process's lease has ended.
-- p_types: of these operation types alone, NULL: of all that there are. Each type has its own range of the index, so a claim reads nothing of the
-- others, however many of them wait. took: in the database; walked: index entries passed, with those of no use. more_due: there was no time for all that has become due.
-- An open transaction, of whomever, keeps the index entries of all that was handed out since it began, and a claim walks over them. With windows
-- it looks only where something can have come since: what has this type and this penalty comes in the order of time, so behind p_window_keys and not
-- beyond this moment. The last window of a type has no end. p_due_from: nothing that became due before needs a look. ClaimWindows decides.
CREATE OR REPLACE FUNCTION holdfast.claim_retries(
  p_process uuid, p_limit integer, p_alone boolean, p_types text[] DEFAULT NULL,
  p_window_types text[] DEFAULT NULL, p_window_keys bigint[] DEFAULT NULL, p_window_penalties bigint[] DEFAULT NULL, p_due_from timestamptz DEFAULT NULL)
RETURNS TABLE (token bigint, claimed_at timestamptz, next_in interval, solitary boolean, items holdfast.retries[], took interval, walked bigint, more_due boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS
$$
#variable_conflict use_column
DECLARE
  this_moment timestamptz := holdfast.clock();
  begun timestamptz := clock_timestamp();
  walked_before bigint := pg_stat_get_xact_tuples_returned('holdfast.retries_queue'::regclass) + pg_stat_get_xact_tuples_returned('holdfast.retries_due'::regclass);
  due_from timestamptz := coalesce(p_due_from, '-infinity');
  due_max integer := greatest(p_limit, 1000);
  made_ready integer;
  types text[];
  heads tid[] := '{}';
  places tid[];
  seen integer := 0;
BEGIN
  IF NOT EXISTS (SELECT FROM holdfast.retry_processes p WHERE p.process = p_process AND p.ended_at IS NULL AND p.lease_until > this_moment) THEN
    RETURN;
  END IF;

  -- 1. What has become due since, of whatever type. In steps: a million at once would be a long transaction.
  UPDATE holdfast.retries r SET ready = true
  WHERE r.ctid = ANY (ARRAY(
    SELECT d.ctid FROM holdfast.retries d WHERE NOT d.ready AND NOT d.blocked AND d.run_after <= this_moment AND d.run_after >= due_from
    ORDER BY d.run_after LIMIT due_max FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS made_ready = ROW_COUNT;

  -- 2. Of which types is there something?
  types := CASE
    WHEN p_alone OR p_window_types IS NOT NULL THEN p_window_types
    WHEN cardinality(p_types) = 1 THEN p_types
    WHEN p_types IS NULL THEN holdfast.ready_retry_types()
    ELSE ARRAY(
      SELECT DISTINCT t.name FROM unnest(p_types) t (name)
      WHERE EXISTS (SELECT FROM holdfast.retries r WHERE r.ready AND NOT r.solitary AND r.operation_type = t.name)) END;

  -- 3. Up to 32 MiB: all of it becomes one value, which may not be longer than 1 GiB. Of several types first those that may come into question are
  -- read, and of these the first are locked: more than are wanted, because some may be in the hands of other claims.
  IF p_alone THEN
    places := ARRAY(
      SELECT r.ctid FROM holdfast.retries r WHERE r.ready AND r.solitary AND (p_types IS NULL OR r.operation_type = ANY (p_types))
      ORDER BY r.sort_key, r.id LIMIT 1 FOR UPDATE SKIP LOCKED);
  ELSIF p_window_types IS NULL AND cardinality(types) = 1 THEN
    SELECT array_agg(c.ctid) FILTER (WHERE c.bytes_before < 33554432), count(*) INTO places, seen
    FROM (
      SELECT o.ctid, sum(o.size_bytes) OVER (ROWS UNBOUNDED PRECEDING) - o.size_bytes AS bytes_before FROM (
        SELECT r.ctid, r.size_bytes FROM holdfast.retries r WHERE r.ready AND NOT r.solitary AND r.operation_type = types[1]
        ORDER BY r.sort_key, r.id LIMIT p_limit FOR UPDATE SKIP LOCKED) o) c;
  ELSIF types <> '{}' THEN
    heads := CASE WHEN p_window_types IS NULL THEN ARRAY(
      SELECT h.ctid FROM unnest(types) t (name) CROSS JOIN LATERAL (
        SELECT r.ctid, r.sort_key, r.id FROM holdfast.retries r WHERE r.ready AND NOT r.solitary AND r.operation_type = t.name
        ORDER BY r.sort_key, r.id LIMIT 2 * p_limit) h
      ORDER BY h.sort_key, h.id LIMIT 2 * p_limit)
    ELSE ARRAY(
      SELECT h.ctid FROM (
        SELECT g.name, g.key, g.penalty, lead(g.key) OVER (PARTITION BY g.name ORDER BY g.key) AS next_key
        FROM unnest(p_window_types, p_window_keys, p_window_penalties) g (name, key, penalty)) w
      CROSS JOIN LATERAL (
        SELECT r.ctid, r.sort_key, r.id FROM holdfast.retries r
        WHERE r.ready AND NOT r.solitary AND r.operation_type = w.name AND r.sort_key >= w.key
          AND r.sort_key < CASE WHEN w.next_key IS NULL THEN 9223372036854775807 ELSE least(w.next_key, holdfast.microseconds(this_moment) + w.penalty + 1) END
        ORDER BY r.sort_key, r.id LIMIT 2 * p_limit) h
      ORDER BY h.sort_key, h.id LIMIT 2 * p_limit) END;
    SELECT array_agg(c.ctid) FILTER (WHERE c.bytes_before < 33554432), count(*) INTO places, seen
    FROM (
      SELECT o.ctid, sum(o.size_bytes) OVER (ROWS UNBOUNDED PRECEDING) - o.size_bytes AS bytes_before FROM (
        SELECT r.ctid, r.size_bytes
        FROM unnest(heads) WITH ORDINALITY h (place, nth) JOIN holdfast.retries r ON r.ctid = h.place AND r.ready AND NOT r.solitary
        ORDER BY h.nth LIMIT p_limit FOR UPDATE OF r SKIP LOCKED) o) c;
  END IF;

  IF places <> '{}' THEN
    WITH taken AS (
      DELETE FROM holdfast.retries r WHERE r.ctid = ANY (places)
      RETURNING r AS item, r.sort_key, r.id, r.operation_type, r.group_key
    ), leased AS (
      INSERT INTO holdfast.retry_leases (process, claimed_at, ids, group_keys, items)
      SELECT p_process, this_moment, array_agg(t.id), array_agg(DISTINCT t.group_key) FILTER (WHERE t.group_key IS NOT NULL), array_agg(t.item)
      FROM (SELECT * FROM taken ORDER BY sort_key, id) t
      RETURNING retry_leases.token, retry_leases.items
    ), counted AS (
      INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
      SELECT t.operation_type, s.status, s.sign * t.items
      FROM (SELECT operation_type, count(*) AS items FROM taken GROUP BY operation_type) t CROSS JOIN (VALUES ('pending', -1), ('processing', 1)) s (status, sign)
    )
    SELECT l.token, l.items INTO token, items FROM leased l;
  END IF;

  claimed_at := this_moment;
  solitary := EXISTS (SELECT FROM holdfast.retries r WHERE r.ready AND r.solitary AND (p_types IS NULL OR r.operation_type = ANY (p_types)));
  IF seen > coalesce(cardinality(places), 0) OR (seen < p_limit AND cardinality(heads) >= 2 * p_limit) THEN
    next_in := interval '0'; -- there was no room for all that is due, or others had what was looked at
  ELSIF coalesce(cardinality(places), 0) < (CASE WHEN p_alone THEN 1 ELSE p_limit END) THEN
    -- The first of these types, or the thousandth of whatever type: too early rather than at the price of reading all that others wait for.
    SELECT greatest(w.run_after - this_moment, interval '0') INTO next_in
    FROM (
      SELECT r.run_after, r.operation_type, row_number() OVER (ORDER BY r.run_after) AS nth
      FROM holdfast.retries r WHERE NOT r.ready AND NOT r.blocked AND r.run_after >= due_from ORDER BY r.run_after LIMIT 1000) w
    WHERE p_types IS NULL OR w.operation_type = ANY (p_types) OR w.nth = 1000
    ORDER BY w.run_after LIMIT 1;
  END IF;

  more_due := made_ready >= due_max;
  took := clock_timestamp() - begun;
  walked := pg_stat_get_xact_tuples_returned('holdfast.retries_queue'::regclass) + pg_stat_get_xact_tuples_returned('holdfast.retries_due'::regclass) - walked_before;
  RETURN NEXT;
END
$$;

-- Takes outcomes and tells for each, by its place, whether it counts: only with the token under which the item was handed out. The lease may
-- have ended; as long as nobody rescued the item, its lease row is there, and decides between the two.
-- Kinds: completed, retry, give_up, failed, snooze, returned; and lost, when it was the worker that ended. Answers with the status that the
-- item has now, or NULL: the outcome does not count.
CREATE OR REPLACE FUNCTION holdfast.settle_retries(
  p_process uuid, p_ids uuid[], p_tokens bigint[], p_kinds text[], p_delays interval[], p_took interval[], p_failures text[], p_fingerprints text[])
RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS
$$
#variable_conflict use_column
DECLARE
  this_moment timestamptz := holdfast.clock();
  today date := holdfast.retry_day();
  groups text[];
  gone uuid[];
  correlations text[];
  places bigint[];
  tokens bigint[];
  ordinals integer[];
  statuses text[];
BEGIN
  SELECT array_agg(k) INTO groups FROM holdfast.retry_leases l CROSS JOIN unnest(l.group_keys) k WHERE l.token = ANY (p_tokens) AND l.group_keys IS NOT NULL;
  IF groups IS NOT NULL THEN
    PERFORM holdfast.lock_retry_groups(groups);
  END IF;

  PERFORM FROM holdfast.retry_leases l WHERE l.token = ANY (p_tokens) ORDER BY l.token FOR UPDATE;

  -- 1. Which items of which leases: without the items, which are large. Of two outcomes the first counts.
  SELECT array_agg(f.place), array_agg(f.token), array_agg(f.ordinal) INTO places, tokens, ordinals
  FROM (
    SELECT DISTINCT ON (h.token, h.ordinal) g.place, h.token, h.ordinal
    FROM unnest(p_ids, p_tokens) WITH ORDINALITY AS g (id, token, place)
    JOIN (
      SELECT l.token, l.done, unnest(l.ids) AS id, generate_subscripts(l.ids, 1) AS ordinal
      FROM holdfast.retry_leases l WHERE l.token = ANY (p_tokens) AND (p_process IS NULL OR l.process = p_process)) h
    ON h.token = g.token AND h.id = g.id
    WHERE NOT h.ordinal = ANY (h.done)
    ORDER BY h.token, h.ordinal, g.place) f;
  IF places IS NULL THEN
    RETURN array_fill(NULL::text, ARRAY[coalesce(cardinality(p_ids), 0)]);
  END IF;

  -- 2. Where they go. Nearly always all are done: then each is read once, and written into its line of history.
  IF 'completed' = ALL (p_kinds) THEN
    WITH logged AS (
      INSERT INTO holdfast.retry_log (id, at, logged_on, kind, attempt, token, process, took, message, fingerprint, item)
      SELECT (h.item).id, this_moment, today, 'completed', (h.item).attempt + 1, h.token, h.process, p_took[f.place], p_failures[f.place], p_fingerprints[f.place], h.item
      FROM (
        SELECT l.token, l.process, generate_subscripts(l.ids, 1) AS ordinal, unnest(l.items) AS item
        FROM holdfast.retry_leases l WHERE l.token = ANY (tokens)) h
      JOIN unnest(places, tokens, ordinals) f (place, token, ordinal) ON f.token = h.token AND f.ordinal = h.ordinal
      RETURNING (item).operation_type, (item).correlation_id, (item).group_key, id
    ), counted AS (
      INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
      SELECT l.operation_type, s.status, s.sign * l.items
      FROM (SELECT operation_type, count(*) AS items FROM logged GROUP BY operation_type) l CROSS JOIN (VALUES ('processing', -1), ('completed', 1)) s (status, sign)
    )
    SELECT array_agg(l.correlation_id) FILTER (WHERE l.correlation_id IS NOT NULL), array_agg(l.id) FILTER (WHERE l.group_key IS NOT NULL)
    INTO correlations, gone FROM logged l;
    statuses := array_fill('completed'::text, ARRAY[cardinality(places)]);
  ELSE
    WITH found AS MATERIALIZED (
      SELECT f.place, f.token, h.process, h.item, k.kind, k.attempt, k.crashes, p_delays[f.place] AS delay, p_took[f.place] AS took,
        CASE WHEN k.kind = 'lost' THEN holdfast.retry_crash_reason(k.crashes) ELSE p_failures[f.place] END AS failure,
        CASE WHEN k.kind = 'lost' THEN holdfast.retry_crash_reason(k.crashes) ELSE p_fingerprints[f.place] END AS fingerprint,
        CASE WHEN k.kind = 'lost' THEN holdfast.retry_status_after_crash(k.crashes, k.attempt, (h.item).max_retries)
          ELSE holdfast.retry_status_after(k.kind, k.attempt, (h.item).max_retries) END AS status
      FROM (
        SELECT l.token, l.process, generate_subscripts(l.ids, 1) AS ordinal, unnest(l.items) AS item
        FROM holdfast.retry_leases l WHERE l.token = ANY (tokens)) h
      JOIN unnest(places, tokens, ordinals) f (place, token, ordinal) ON f.token = h.token AND f.ordinal = h.ordinal
      CROSS JOIN LATERAL (
        SELECT p_kinds[f.place] AS kind, (h.item).attempt + 1 AS attempt, (h.item).crashes + (p_kinds[f.place] = 'lost')::integer AS crashes) k
    ), back AS (
      INSERT INTO holdfast.retries
      SELECT
        i.id, CASE WHEN s.same_place THEN i.sort_key ELSE holdfast.microseconds(this_moment + f.delay) + i.penalty END, i.penalty,
        CASE WHEN s.same_place THEN i.run_after ELSE this_moment + f.delay END, i.created_at, this_moment, i.timeout, i.priority,
        CASE WHEN f.kind IN ('snooze', 'returned') THEN i.attempt ELSE f.attempt END, i.max_retries, f.crashes, i.version, i.size_bytes, i.group_place,
        (s.same_place OR f.delay <= interval '0') AND i.group_key IS NULL, f.crashes >= 2, i.group_key IS NOT NULL, i.operation_type, i.target,
        i.payload, i.correlation_id, i.idempotency_key, i.group_key, i.tags, i.original_event, coalesce(f.failure, i.failure),
        CASE WHEN f.failure IS NULL THEN i.fingerprint ELSE f.fingerprint END
      FROM found f CROSS JOIN LATERAL (SELECT (f.item).*) i CROSS JOIN LATERAL (SELECT f.kind IN ('returned', 'lost') AS same_place) s
      WHERE f.status = 'pending'
      ORDER BY i.id
    ), aside AS (
      INSERT INTO holdfast.retry_dead_letters
      SELECT
        f.status, i.id, i.sort_key, i.penalty, i.run_after, i.created_at, this_moment, i.timeout, i.priority, f.attempt, i.max_retries,
        f.crashes, i.version, i.size_bytes, i.group_place, false, false, false, i.operation_type, i.target, i.payload, i.correlation_id,
        i.idempotency_key, i.group_key, i.tags, i.original_event, coalesce(f.failure, i.failure),
        CASE WHEN f.failure IS NULL THEN i.fingerprint ELSE f.fingerprint END
      FROM found f CROSS JOIN LATERAL (SELECT (f.item).*) i
      WHERE f.status IN ('dead_letter', 'failed')
    ), logged AS (
      INSERT INTO holdfast.retry_log (id, at, logged_on, kind, attempt, token, process, took, message, fingerprint, item)
      SELECT (f.item).id, this_moment, today,
        CASE WHEN f.kind = 'lost' THEN 'crashed' WHEN f.status <> 'pending' THEN CASE f.status WHEN 'dead_letter' THEN 'dead_lettered' ELSE f.status END
          WHEN f.kind = 'snooze' THEN 'snoozed' ELSE 'retried' END,
        f.attempt, f.token, f.process, f.took, CASE WHEN f.kind <> 'lost' THEN f.failure END, CASE WHEN f.kind <> 'lost' THEN f.fingerprint END,
        CASE WHEN f.status = 'completed' THEN f.item END
      FROM found f
      WHERE f.kind <> 'returned'
      UNION ALL
      SELECT (f.item).id, this_moment, today, 'dead_lettered', f.attempt, f.token, f.process, NULL, f.failure, f.fingerprint, NULL
      FROM found f
      WHERE f.kind = 'lost' AND f.status = 'dead_letter'
    ), counted AS (
      INSERT INTO holdfast.retry_count_deltas (operation_type, status, items)
      SELECT s.operation_type, s.status, s.items FROM (
        SELECT (f.item).operation_type, f.status, count(*) AS items FROM found f GROUP BY 1, 2
        UNION ALL
        SELECT (f.item).operation_type, 'processing', -count(*) FROM found f GROUP BY 1) s
    )
    SELECT array_agg(f.place), array_agg(f.status), array_agg((f.item).correlation_id) FILTER (WHERE f.status <> 'pending' AND (f.item).correlation_id IS NOT NULL),
      array_agg((f.item).id) FILTER (WHERE f.status IN ('completed', 'failed') AND (f.item).group_key IS NOT NULL)
    INTO places, statuses, correlations, gone FROM found f;
  END IF;

  -- 3. Out of the leases, and what else they held.
  WITH settled AS (SELECT t.token, array_agg(t.ordinal) AS ordinals, count(*) AS items FROM unnest(tokens, ordinals) t (token, ordinal) GROUP BY t.token),
  emptied AS (
    DELETE FROM holdfast.retry_leases l USING settled s WHERE l.token = s.token AND cardinality(l.done) + s.items = cardinality(l.ids)
  )
  UPDATE holdfast.retry_leases l SET done = l.done || s.ordinals
  FROM settled s WHERE l.token = s.token AND cardinality(l.done) + s.items < cardinality(l.ids);
  IF correlations IS NOT NULL THEN
    DELETE FROM holdfast.retry_keys k WHERE k.correlation_id = ANY (correlations);
  END IF;

  IF groups IS NOT NULL THEN
    DELETE FROM holdfast.retry_group_places p WHERE p.id = ANY (gone);
    PERFORM holdfast.arrange_retry_groups(groups);
  END IF;

  RETURN ARRAY(
    SELECT k.status FROM generate_subscripts(p_ids, 1) g (place) LEFT JOIN unnest(places, statuses) k (place, status) ON k.place = g.place ORDER BY g.place);
END
$$;

-- Ends the lease of a process: what it still holds goes back as if it had never been claimed. Returns how many items that were.
CREATE OR REPLACE FUNCTION holdfast.leave_retry_process(p_process uuid) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  statuses text[];
BEGIN
  INSERT INTO holdfast.retry_processes AS p (process, node, begun_at, lease_until, ended_at)
  VALUES (p_process, '', holdfast.clock(), holdfast.clock(), holdfast.clock())
  ON CONFLICT (process) DO UPDATE SET ended_at = EXCLUDED.ended_at WHERE p.ended_at IS NULL;
  SELECT holdfast.settle_retries(
    p_process, array_agg(h.id), array_agg(h.token), array_agg('returned'::text), array_agg(interval '0'), array_agg(NULL::interval), array_agg(NULL::text), array_agg(NULL::text))
  INTO statuses FROM holdfast.retries_held h WHERE h.process = p_process;
  RETURN cardinality(array_remove(statuses, NULL));
END
$$;

-- Takes items from processes whose lease has ended, at most so many.
CREATE OR REPLACE FUNCTION holdfast.rescue_retries(p_limit integer, OUT rescued integer, OUT dead_lettered integer, OUT more boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  statuses text[];
  found integer;
BEGIN
  -- First: who renews at this moment waits, and finds that it is over.
  UPDATE holdfast.retry_processes SET ended_at = holdfast.clock() WHERE ended_at IS NULL AND lease_until <= holdfast.clock();

  SELECT count(*), holdfast.settle_retries(
    NULL, array_agg(h.id), array_agg(h.token), array_agg('lost'::text), array_agg(interval '0'), array_agg(NULL::interval), array_agg(NULL::text), array_agg(NULL::text))
  INTO found, statuses
  FROM (
    SELECT h.id, h.token FROM holdfast.retries_held h
    WHERE NOT EXISTS (SELECT FROM holdfast.retry_processes p WHERE p.process = h.process AND p.ended_at IS NULL)
    ORDER BY h.token LIMIT p_limit) h;
  SELECT count(*) FILTER (WHERE s = 'pending'), count(*) FILTER (WHERE s = 'dead_letter') INTO rescued, dead_lettered FROM unnest(statuses) s;
  more := found >= p_limit;
END
$$;
