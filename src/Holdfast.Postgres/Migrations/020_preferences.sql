-- What people keep of the page: small documents, each under a key of its owner. Whoever changes some locks the row that counts the changes.
CREATE TABLE IF NOT EXISTS holdfast.preference_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version  integer NOT NULL DEFAULT 0
);
INSERT INTO holdfast.preference_state DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS holdfast.preferences (
  owner   text    NOT NULL,
  key     text    NOT NULL CHECK (length(key) BETWEEN 1 AND 100),
  version integer NOT NULL UNIQUE,
  value   text    NOT NULL,
  PRIMARY KEY (owner, key)
);

-- The rights of preferences, beside those before.
DO
$$
BEGIN
  IF to_regproc('holdfast.grant_key_rights') IS NULL THEN
    ALTER FUNCTION holdfast.grant_rights() RENAME TO grant_key_rights;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION holdfast.grant_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
$$
BEGIN
  PERFORM holdfast.grant_key_rights();

  IF to_regrole('holdfast_app') IS NOT NULL THEN
    GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast.preferences TO holdfast_app;
    GRANT SELECT, UPDATE ON holdfast.preference_state TO holdfast_app;
  END IF;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA holdfast FROM PUBLIC;

SELECT holdfast.grant_rights();
