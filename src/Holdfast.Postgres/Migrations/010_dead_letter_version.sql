-- Which edit of a dead letter it is: two people who edit the same one must not overwrite each other unseen.
ALTER TABLE monitoring.dead_letter_queue ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
