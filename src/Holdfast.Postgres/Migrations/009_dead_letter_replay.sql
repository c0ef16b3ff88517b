-- What replaying needs to know of a dead letter: by which version of the codec its bytes are to be read (a row that nobody could read must
-- not be guessed at by a later program), when it is tried again (NULL when it is not), and how large it is.
ALTER TABLE monitoring.dead_letter_queue
  ADD COLUMN IF NOT EXISTS format_version smallint NOT NULL DEFAULT 1,
  ADD COLUMN IF NOT EXISTS next_retry_at  timestamptz,
  ADD COLUMN IF NOT EXISTS size_bytes     bigint GENERATED ALWAYS AS (octet_length(payload_bytes)) STORED;

UPDATE monitoring.dead_letter_queue SET next_retry_at = created_at + interval '1 minute' WHERE status = 'pending' AND next_retry_at IS NULL;

CREATE INDEX IF NOT EXISTS dead_letter_queue_next_retry_at ON monitoring.dead_letter_queue (next_retry_at) WHERE status IN ('pending', 'retrying');

-- Counts and sizes are asked for often, and answered from here without touching the letters.
CREATE INDEX IF NOT EXISTS dead_letter_queue_size ON monitoring.dead_letter_queue (status, id) INCLUDE (size_bytes, created_at);
