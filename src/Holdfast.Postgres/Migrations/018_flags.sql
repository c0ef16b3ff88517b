-- What flags say at run time, for all nodes. One row counts the changes: who changes a flag holds it, so changes have one order.
CREATE TABLE IF NOT EXISTS holdfast.flag_state (
  only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  store_id   uuid    NOT NULL,
  version    integer NOT NULL CHECK (version >= 0),
  -- Secret that all nodes sign with: an address that is handed out by one is good at the others.
  stream_key bytea   NOT NULL CHECK (length(stream_key) = 32)
);
INSERT INTO holdfast.flag_state (store_id, version, stream_key)
VALUES (gen_random_uuid(), 0, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))
ON CONFLICT DO NOTHING;

-- json and not jsonb: a rule's members keep their order.
CREATE TABLE IF NOT EXISTS holdfast.flags (
  name       text        PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 100),
  version    integer     NOT NULL,
  document   json        NOT NULL CHECK (json_typeof(document) = 'object'),
  updated_at timestamptz NOT NULL,
  updated_by text        NOT NULL
);

-- Every change with what was there before. Nobody changes a row: there is no right to.
CREATE TABLE IF NOT EXISTS holdfast.flag_history (
  version    integer     PRIMARY KEY,
  change_id  uuid        NOT NULL UNIQUE,
  name       text        NOT NULL,
  action     text        NOT NULL,
  at         timestamptz NOT NULL,
  actor      text        NOT NULL,
  reason     text,
  before     json,
  after      json
);
CREATE INDEX IF NOT EXISTS flag_history_name ON holdfast.flag_history (name, version);

-- What was measured of variants under a rollout; kept for an hour.
CREATE TABLE IF NOT EXISTS holdfast.flag_samples (
  batch_id  uuid        NOT NULL,
  name      text        NOT NULL,
  variant   text        NOT NULL,
  at        timestamptz NOT NULL,
  requests  bigint      NOT NULL,
  errors    bigint      NOT NULL,
  latencies text        NOT NULL,
  PRIMARY KEY (batch_id, name, variant)
);
CREATE INDEX IF NOT EXISTS flag_samples_name ON holdfast.flag_samples (name, at);

-- Sets a flag (or removes it, where p_document is null) if it still has one of the versions that the writer has seen, and tells all nodes with
-- the commit. p_judged_by: the version of all flags at which it was found to go with the others; null: it stands by itself. Answers written,
-- overtaken, outdated or full, the flag's version now (0: not set), and what was there before.
CREATE OR REPLACE FUNCTION holdfast.write_flag(
  p_change uuid, p_name text, p_document json, p_seen integer[], p_judged_by integer, p_action text, p_actor text, p_reason text, p_flags_max integer)
RETURNS TABLE (result text, now_version integer, was json)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
DECLARE
  next_version integer;
  current      holdfast.flags%ROWTYPE;
  known        holdfast.flag_history%ROWTYPE;
BEGIN
  SELECT s.version + 1 INTO STRICT next_version FROM holdfast.flag_state s FOR UPDATE;

  -- The answer to the same change was lost, and it is asked again.
  SELECT h.* INTO known FROM holdfast.flag_history h WHERE h.change_id = p_change;
  IF FOUND THEN
    RETURN QUERY SELECT 'written', CASE WHEN known.after IS NULL THEN 0 ELSE known.version END, known.before;
    RETURN;
  END IF;

  SELECT f.* INTO current FROM holdfast.flags f WHERE f.name = p_name;
  IF p_seen IS NOT NULL AND NOT coalesce(current.version, 0) = ANY (p_seen) THEN
    RETURN QUERY SELECT 'overtaken', coalesce(current.version, 0), current.document;
    RETURN;
  END IF;

  IF p_judged_by <> next_version - 1 THEN
    RETURN QUERY SELECT 'outdated', coalesce(current.version, 0), current.document;
    RETURN;
  END IF;

  IF p_document IS NOT NULL AND current.version IS NULL AND (SELECT count(*) FROM holdfast.flags) >= p_flags_max THEN
    RETURN QUERY SELECT 'full', 0, NULL::json;
    RETURN;
  END IF;

  -- Nothing is there, and nothing is to be.
  IF p_document IS NULL AND current.version IS NULL THEN
    RETURN QUERY SELECT 'written', 0, NULL::json;
    RETURN;
  END IF;

  UPDATE holdfast.flag_state SET version = next_version;
  IF p_document IS NULL THEN
    DELETE FROM holdfast.flags f WHERE f.name = p_name;
  ELSE
    INSERT INTO holdfast.flags AS f (name, version, document, updated_at, updated_by)
    VALUES (p_name, next_version, p_document, holdfast.clock(), p_actor)
    ON CONFLICT (name) DO UPDATE SET version = next_version, document = p_document, updated_at = holdfast.clock(), updated_by = p_actor;
  END IF;

  INSERT INTO holdfast.flag_history (version, change_id, name, action, at, actor, reason, before, after)
  VALUES (next_version, p_change, p_name, p_action, holdfast.clock(), p_actor, p_reason, current.document, p_document);
  PERFORM pg_notify('holdfast_flags', next_version::text);
  RETURN QUERY SELECT 'written', CASE WHEN p_document IS NULL THEN 0 ELSE next_version END, current.document;
END
$$;

-- Deletes what is past its keep time, and nothing else: nobody but the schema's owner may delete from the history.
CREATE OR REPLACE FUNCTION holdfast.prune_flags(p_keep_history interval, p_keep_samples interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$
  DELETE FROM holdfast.flag_history WHERE at < holdfast.clock() - p_keep_history;
  DELETE FROM holdfast.flag_samples WHERE at < holdfast.clock() - p_keep_samples;
$$;

-- The rights of flags, beside those of 017.
DO
$$
BEGIN
  IF to_regproc('holdfast.grant_operation_rights') IS NULL THEN
    ALTER FUNCTION holdfast.grant_rights() RENAME TO grant_operation_rights;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION holdfast.grant_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  PERFORM holdfast.grant_operation_rights();

  IF to_regrole('holdfast_app') IS NOT NULL THEN
    GRANT SELECT, UPDATE ON holdfast.flag_state TO holdfast_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.flags TO holdfast_app;
    GRANT SELECT, INSERT ON holdfast.flag_history, holdfast.flag_samples TO holdfast_app;
    GRANT EXECUTE ON FUNCTION holdfast.write_flag(uuid, text, json, integer[], integer, text, text, text, integer), holdfast.prune_flags(interval, interval) TO holdfast_app;
  END IF;

  IF to_regrole('holdfast_read') IS NOT NULL THEN
    GRANT SELECT ON holdfast.flags, holdfast.flag_history, holdfast.flag_samples TO holdfast_read;
  END IF;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA holdfast FROM PUBLIC;

SELECT holdfast.grant_rights();
