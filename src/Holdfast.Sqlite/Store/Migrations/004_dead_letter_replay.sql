-- What replaying needs to know of a dead letter. Instants are whole microseconds since 1970.

-- By which version of the codec the bytes are to be read: a row that nobody could read must not be guessed at by a later program.
ALTER TABLE dead_letter_queue ADD COLUMN format_version INTEGER NOT NULL DEFAULT 1;

-- When it is tried again; NULL when it is not.
ALTER TABLE dead_letter_queue ADD COLUMN next_retry_at INTEGER;
UPDATE dead_letter_queue SET next_retry_at = created_at + 60000000 WHERE status = 'pending';

ALTER TABLE dead_letter_queue ADD COLUMN size_bytes INTEGER GENERATED ALWAYS AS (length(payload_bytes)) VIRTUAL;

CREATE INDEX dead_letter_queue_next_retry_at ON dead_letter_queue (next_retry_at) WHERE status IN ('pending', 'retrying');

-- Counts and sizes are asked for often, and answered from here without touching the letters.
CREATE INDEX dead_letter_queue_size ON dead_letter_queue (status, size_bytes, created_at);
