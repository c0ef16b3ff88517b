-- Three roles with the least rights that do: holdfast_ingest writes telemetry, holdfast_app is the whole server but its migrations,
-- holdfast_read looks. Grant one to a login: GRANT holdfast_app TO my_login. They belong to the cluster, so they are made only where this
-- login may; a superuser who makes them later calls holdfast.grant_rights(). The schemas' owner needs none of them.

CREATE OR REPLACE FUNCTION holdfast.grant_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  IF to_regrole('holdfast_ingest') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA monitoring, holdfast TO holdfast_ingest;
    GRANT EXECUTE ON FUNCTION holdfast.clock(), holdfast.ensure_partition(text, date), holdfast.minute_of(timestamptz), holdfast.jsonb_or_bytes(text, bytea),
      monitoring.insert_monitoring_events_batch(jsonb), monitoring.insert_samples_batch(jsonb), monitoring.insert_validation_metrics(uuid, jsonb) TO holdfast_ingest;
    GRANT SELECT ON holdfast.store, holdfast.migrations, holdfast.partitions TO holdfast_ingest;
    GRANT SELECT, INSERT, UPDATE ON holdfast.spool_totals, monitoring.series TO holdfast_ingest;
    GRANT SELECT, INSERT, DELETE ON holdfast.batch_ledger TO holdfast_ingest;
    GRANT SELECT, INSERT ON holdfast.lost_ranges, holdfast.rollup_marks TO holdfast_ingest;
    GRANT INSERT ON monitoring.monitoring_events, monitoring.samples, monitoring.validation_metrics, monitoring.dead_letter_queue,
      monitoring.monitoring_events_view, monitoring.samples_insert, monitoring.validation_metrics_insert TO holdfast_ingest;
    -- what tells a repeat from a new row
    GRANT SELECT (id, received_on, received_at) ON monitoring.monitoring_events, monitoring.monitoring_events_view TO holdfast_ingest;
    GRANT SELECT (batch_id, event_type) ON monitoring.validation_metrics TO holdfast_ingest;
    -- what tells lost rows from stored ones
    GRANT SELECT (spool_key, batch_seq) ON monitoring.samples TO holdfast_ingest;
    GRANT SELECT (kind, status, spool_id, batch_seq, row_count) ON monitoring.dead_letter_queue TO holdfast_ingest;
    GRANT USAGE ON SEQUENCE monitoring.dead_letter_queue_id_seq TO holdfast_ingest;
  END IF;

  IF to_regrole('holdfast_app') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA monitoring, holdfast TO holdfast_app;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA monitoring, holdfast TO holdfast_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA monitoring TO holdfast_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA monitoring TO holdfast_app;
    GRANT SELECT ON holdfast.migrations, holdfast.partitions TO holdfast_app;
    GRANT SELECT, UPDATE ON holdfast.store TO holdfast_app;
    GRANT SELECT, INSERT ON holdfast.audit TO holdfast_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.spool_totals, holdfast.batch_ledger, holdfast.lost_ranges, holdfast.rollup_marks TO holdfast_app;
  END IF;

  IF to_regrole('holdfast_read') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA monitoring, holdfast TO holdfast_read;
    GRANT EXECUTE ON FUNCTION holdfast.clock(), monitoring.get_dlq_stats() TO holdfast_read;
    GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO holdfast_read;
    GRANT SELECT ON holdfast.store, holdfast.migrations, holdfast.partitions, holdfast.spool_totals, holdfast.batch_ledger, holdfast.lost_ranges, holdfast.audit TO holdfast_read;
  END IF;
END
$$;

-- By default PostgreSQL lets everyone call a function, and several of these act with the rights of their owner.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA monitoring, holdfast FROM PUBLIC;

DO
$$
DECLARE
  role_name text;
BEGIN
  IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
    FOREACH role_name IN ARRAY ARRAY['holdfast_ingest', 'holdfast_app', 'holdfast_read'] LOOP
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- made before, or at this moment for another database of the cluster
      END;
    END LOOP;
  END IF;
END
$$;

SELECT holdfast.grant_rights();
