-- What people keep of the page. One row counts the changes.
CREATE TABLE preference_state (version INTEGER NOT NULL) STRICT;
INSERT INTO preference_state VALUES (0);

CREATE TABLE preferences (
  owner   TEXT    NOT NULL,
  key     TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 100),
  version INTEGER NOT NULL UNIQUE,
  value   TEXT    NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
