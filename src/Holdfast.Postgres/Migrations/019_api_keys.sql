-- Who may call. There is no secret here: the hash is of 256 random bits.
CREATE TABLE IF NOT EXISTS holdfast.api_keys (
  id           text        PRIMARY KEY,
  number       bigint      GENERATED ALWAYS AS IDENTITY,
  name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  role         text        NOT NULL CHECK (role IN ('ingest', 'viewer', 'operator', 'admin')),
  hash         bytea       NOT NULL CHECK (length(hash) = 32),
  created_at   timestamptz NOT NULL,
  created_by   text        NOT NULL,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz
);

-- A name stands for one person or program at a time.
CREATE UNIQUE INDEX IF NOT EXISTS api_keys_name ON holdfast.api_keys (name) WHERE revoked_at IS NULL;

-- Grows with each key that is made or revoked; every node asks for it twice a second. Whoever changes keys locks it first.
CREATE TABLE IF NOT EXISTS holdfast.api_keys_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint  NOT NULL DEFAULT 0
);
INSERT INTO holdfast.api_keys_revision DEFAULT VALUES ON CONFLICT DO NOTHING;

-- The rights of keys, beside those before: the server works with them, and nobody else so much as sees them.
DO
$$
BEGIN
  IF to_regproc('holdfast.grant_flag_rights') IS NULL THEN
    ALTER FUNCTION holdfast.grant_rights() RENAME TO grant_flag_rights;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION holdfast.grant_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  PERFORM holdfast.grant_flag_rights();

  IF to_regrole('holdfast_app') IS NOT NULL THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.api_keys TO holdfast_app;
    GRANT SELECT, UPDATE ON holdfast.api_keys_revision TO holdfast_app;
  END IF;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA holdfast FROM PUBLIC;

SELECT holdfast.grant_rights();
