-- What operators did is kept for as long as is set. Nobody but the schema's owner may delete from the audit: the server asks this function,
-- which deletes the oldest rows and no others.
CREATE OR REPLACE FUNCTION holdfast.prune_audit(p_before timestamptz, p_rows integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  WITH gone AS (
    DELETE FROM holdfast.audit WHERE audit_id IN (SELECT a.audit_id FROM holdfast.audit a WHERE a.at < p_before ORDER BY a.at, a.audit_id LIMIT p_rows)
    RETURNING 1
  )
  SELECT count(*) FROM gone
$$;

-- By default PostgreSQL lets everyone call a function.
REVOKE EXECUTE ON FUNCTION holdfast.prune_audit(timestamptz, integer) FROM PUBLIC;
SELECT holdfast.grant_rights();
