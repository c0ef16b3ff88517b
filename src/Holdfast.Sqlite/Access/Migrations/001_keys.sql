-- Who may call. Instants are whole microseconds since 1970. There is no secret here: the hash is of 256 random bits.
CREATE TABLE api_keys (
  id           TEXT PRIMARY KEY,
  number       INTEGER NOT NULL UNIQUE,
  name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  role         TEXT NOT NULL CHECK (role IN ('ingest', 'viewer', 'operator', 'admin')),
  hash         BLOB NOT NULL CHECK (length(hash) = 32),
  created_at   INTEGER NOT NULL,
  created_by   TEXT NOT NULL,
  expires_at   INTEGER,
  revoked_at   INTEGER,
  last_used_at INTEGER
) STRICT;

-- A name stands for one person or program at a time.
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE api_keys_revision (revision INTEGER NOT NULL) STRICT;
INSERT INTO api_keys_revision VALUES (0);
