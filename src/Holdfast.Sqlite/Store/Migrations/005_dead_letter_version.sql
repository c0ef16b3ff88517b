-- Which edit of a dead letter it is: two people who edit the same one must not overwrite each other unseen.
ALTER TABLE dead_letter_queue ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
