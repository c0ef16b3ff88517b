-- What people and their tools see of the queue.

-- Every item that there is, wherever it is.
CREATE OR REPLACE VIEW holdfast.retry_queue AS
SELECT
  q.status, (q.item).id, (q.item).operation_type, (q.item).target, (q.item).payload, (q.item).priority, q.attempt AS retry_count,
  (q.item).max_retries, (q.item).crashes, (q.item).run_after, (q.item).created_at, coalesce(q.changed_at, (q.item).updated_at) AS updated_at,
  extract(epoch FROM (q.item).timeout)::double precision AS timeout_seconds, (q.item).correlation_id, (q.item).idempotency_key, (q.item).group_key,
  (q.item).blocked, (q.item).tags, (q.item).original_event, coalesce(q.message, (q.item).failure) AS last_error,
  CASE WHEN q.message IS NULL THEN (q.item).fingerprint ELSE q.fingerprint END AS fingerprint, (q.item).penalty, (q.item).version, q.token, q.process AS locked_by,
  q.claimed_at AS locked_at
FROM (
  SELECT 'pending' AS status, r AS item, r.attempt, NULL::bigint AS token, NULL::uuid AS process, NULL::timestamptz AS claimed_at, NULL::timestamptz AS changed_at,
    NULL::text AS message, NULL::text AS fingerprint
  FROM holdfast.retries r
  UNION ALL SELECT 'processing', h.item, h.attempt, h.token, h.process, h.claimed_at, h.claimed_at, NULL, NULL FROM holdfast.retries_held h
  UNION ALL SELECT d.status, holdfast.retry_of(d), d.attempt, NULL, NULL, NULL, NULL, NULL, NULL FROM holdfast.retry_dead_letters d
  UNION ALL SELECT 'completed', l.item, l.attempt, NULL, NULL, NULL, l.at, l.message, l.fingerprint FROM holdfast.retry_log l WHERE l.kind = 'completed'
) q;

-- How many items there are, from the running sums.
CREATE OR REPLACE VIEW holdfast.retry_totals AS
SELECT operation_type, status, sum(items)::bigint AS items
FROM (
  SELECT operation_type, status, items FROM holdfast.retry_counts
  UNION ALL SELECT operation_type, status, items FROM holdfast.retry_count_deltas) c
GROUP BY operation_type, status
HAVING sum(items) <> 0;

-- Of what is completed the number alone: it is not worth reading millions of rows for.
CREATE OR REPLACE VIEW holdfast.retry_queue_stats AS
SELECT
  operation_type, status, count(*) AS count, avg(retry_count)::double precision AS avg_retry_count, max(retry_count) AS max_retry_count,
  min(created_at) AS oldest_entry, max(updated_at) AS latest_update
FROM holdfast.retry_queue WHERE status <> 'completed'
GROUP BY operation_type, status
UNION ALL
SELECT operation_type, status, items, NULL, NULL, NULL, NULL FROM holdfast.retry_totals WHERE status = 'completed';

CREATE OR REPLACE VIEW holdfast.retry_history AS
SELECT
  l.id AS retry_id, l.attempt AS attempt_number, l.kind AS status, l.message AS error_message, l.fingerprint, l.token, l.process AS worker_id,
  l.at AS attempted_at, extract(epoch FROM l.took) * 1000 AS duration_ms
FROM holdfast.retry_log l;

-- What keeps vacuum from removing dead rows, the oldest first. Whose sessions they are is only shown to those who may see it (pg_monitor).
CREATE OR REPLACE VIEW holdfast.old_transactions AS
SELECT
  'pid ' || pid || coalesce(' of ' || nullif(application_name, ''), '') || coalesce(', user ' || usename, '') || coalesce(', ' || state, '') AS owner,
  xact_start AS since
FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND xact_start IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'
UNION ALL
SELECT 'prepared transaction ' || gid || ' of ' || owner, prepared FROM pg_prepared_xacts WHERE database = current_database();

-- Of these there may be a million, so they can be read by themselves, in the order of their index.
CREATE OR REPLACE VIEW holdfast.retry_dead_letter_alerts AS
SELECT 1 AS severity, 'Dead letter - manual intervention required' AS alert_reason, d.id, d.operation_type, coalesce(d.failure, 'taken out of the queue by an operator') AS detail, d.updated_at AS since
FROM holdfast.retry_dead_letters d WHERE d.status = 'dead_letter';

CREATE OR REPLACE VIEW holdfast.retry_other_alerts AS
SELECT 2 AS severity, 'High retry count - approaching limit' AS alert_reason, r.id, r.operation_type, 'attempt ' || r.attempt || ' of ' || r.max_retries AS detail, r.updated_at AS since
FROM holdfast.retries r WHERE r.attempt * 5 > r.max_retries * 4
UNION ALL
SELECT 2, 'High retry count - approaching limit', h.id, (h.item).operation_type, 'attempt ' || h.attempt || ' of ' || (h.item).max_retries, h.claimed_at
FROM holdfast.retries_held h WHERE h.attempt * 5 > (h.item).max_retries * 4
UNION ALL
SELECT 3, 'Stale lock - possible worker failure', h.id, (h.item).operation_type,
  'held by process ' || h.process || coalesce(' on ' || p.node, '') || ', whose lease has ended', coalesce(p.lease_until, h.claimed_at)
FROM holdfast.retries_held h LEFT JOIN holdfast.retry_processes p ON p.process = h.process
WHERE p.process IS NULL OR p.ended_at IS NOT NULL OR p.lease_until <= holdfast.clock()
UNION ALL
SELECT 4, 'Old pending item', r.id, r.operation_type, 'attempt ' || r.attempt || ' of ' || r.max_retries, r.created_at
FROM holdfast.retries r WHERE r.created_at < holdfast.clock() - interval '1 day'
UNION ALL
SELECT 5, 'Old transaction - the queue cannot be vacuumed', NULL, NULL, t.owner, t.since
FROM holdfast.old_transactions t WHERE t.since <= now() - interval '10 minutes';

CREATE OR REPLACE VIEW holdfast.retry_queue_alerts AS
SELECT * FROM holdfast.retry_dead_letter_alerts UNION ALL SELECT * FROM holdfast.retry_other_alerts;
