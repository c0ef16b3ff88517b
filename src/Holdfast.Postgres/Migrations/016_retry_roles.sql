-- The queue's rights, beside those of 007: the server works the queue, a reader looks at it, and holdfast_worker may call the functions for
-- workers in other languages and nothing else. Whoever makes the roles later calls holdfast.grant_rights(), which grants all of them.
DO
$$
BEGIN
  IF to_regproc('holdfast.grant_telemetry_rights') IS NULL THEN
    ALTER FUNCTION holdfast.grant_rights() RENAME TO grant_telemetry_rights;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION holdfast.grant_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  PERFORM holdfast.grant_telemetry_rights();

  IF to_regrole('holdfast_app') IS NOT NULL THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.retries, holdfast.retry_processes, holdfast.retry_leases, holdfast.retry_dead_letters,
      holdfast.retry_keys, holdfast.retry_group_places, holdfast.retry_counts, holdfast.retry_count_deltas, holdfast.retry_policies TO holdfast_app;
    GRANT SELECT, INSERT ON holdfast.retry_log TO holdfast_app;
    GRANT USAGE ON SEQUENCE holdfast.retry_group_places_place_seq TO holdfast_app;
    GRANT SELECT ON holdfast.retries_held, holdfast.retry_days, holdfast.retry_queue, holdfast.retry_totals, holdfast.retry_queue_stats, holdfast.retry_history,
      holdfast.old_transactions, holdfast.retry_dead_letter_alerts, holdfast.retry_other_alerts, holdfast.retry_queue_alerts TO holdfast_app;
  END IF;

  IF to_regrole('holdfast_worker') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA holdfast TO holdfast_worker;
    GRANT EXECUTE ON FUNCTION holdfast.heartbeat_retry_worker(uuid), holdfast.acquire_retry_batch(integer, uuid, text[]), holdfast.complete_retry(uuid, bigint),
      holdfast.fail_retry(uuid, bigint, text, boolean), holdfast.return_retry(uuid, bigint), holdfast.leave_retry_worker(uuid) TO holdfast_worker;
  END IF;

  IF to_regrole('holdfast_read') IS NOT NULL THEN
    GRANT EXECUTE ON FUNCTION holdfast.retry_of(holdfast.retry_dead_letters) TO holdfast_read;
    GRANT SELECT ON holdfast.retry_queue, holdfast.retry_totals, holdfast.retry_queue_stats, holdfast.retry_history, holdfast.retry_queue_alerts,
      holdfast.retry_policies, holdfast.retry_processes TO holdfast_read;
  END IF;
END
$$;

-- By default PostgreSQL lets everyone call a function, and several of these act with the rights of their owner.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA holdfast FROM PUBLIC;

DO
$$
BEGIN
  IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
    CREATE ROLE holdfast_worker NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- made before, or at this moment for another database of the cluster
END
$$;

SELECT holdfast.grant_rights();
