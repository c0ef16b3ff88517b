-- The durable queue of failed operations. An item is in one place at a time: waiting in retries, in the lease row of the batch that a worker
-- has, put aside in retry_dead_letters, or, when it is done, in its line of history. Nothing here has triggers or foreign keys.

-- What waits, and nothing else: the fastest table to scan is one that stays small. Rows come and go at the rate of the work, so it is
-- vacuumed by their number, without delay.
CREATE TABLE IF NOT EXISTS holdfast.retries (
  id              uuid        NOT NULL CONSTRAINT retries_pkey PRIMARY KEY,
  sort_key        bigint      NOT NULL, -- microseconds of run_after, and penalty
  penalty         bigint      NOT NULL, -- microseconds; what its priority costs it
  run_after       timestamptz NOT NULL,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  timeout         interval    NOT NULL,
  priority        integer     NOT NULL,
  attempt         integer     NOT NULL,
  max_retries     integer     NOT NULL,
  crashes         integer     NOT NULL,
  version         integer     NOT NULL,
  size_bytes      integer     NOT NULL, -- of payload and original event
  group_place     bigint, -- grows with the arrival; a group goes in this order, whatever happens to its items
  ready           boolean     NOT NULL, -- due; what is not due must not stand in the way of what is
  solitary        boolean     NOT NULL, -- is to be executed while nothing else is
  blocked         boolean     NOT NULL, -- waits for an earlier item of its group
  operation_type  text        NOT NULL,
  target          text        NOT NULL,
  payload         json        NOT NULL, -- json and not jsonb: as it was written, to the last digit
  correlation_id  text,
  idempotency_key text,
  group_key       text,
  tags            text[]      NOT NULL,
  original_event  json,
  failure         text,
  fingerprint     text,
  CONSTRAINT retry_waits_for_one_thing CHECK (NOT (ready AND blocked))
) WITH (
  fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 1000, toast.autovacuum_vacuum_cost_delay = 0
);

-- By type, because whoever claims names the types it can execute, and must not read its way past a hundred thousand of another.
CREATE INDEX IF NOT EXISTS retries_queue ON holdfast.retries (operation_type, sort_key, id) WHERE ready AND NOT solitary;
CREATE INDEX IF NOT EXISTS retries_solitary ON holdfast.retries (sort_key, id) WHERE ready AND solitary;
CREATE INDEX IF NOT EXISTS retries_due ON holdfast.retries (run_after) WHERE NOT ready AND NOT blocked;
CREATE INDEX IF NOT EXISTS retries_free_of_group ON holdfast.retries (group_key) WHERE group_key IS NOT NULL AND NOT blocked;
CREATE INDEX IF NOT EXISTS retries_many_attempts ON holdfast.retries (id) WHERE attempt * 5 > max_retries * 4;

-- One run of a worker process and its lease: one heartbeat for all that it holds. An id whose lease has ended stays ended.
CREATE TABLE IF NOT EXISTS holdfast.retry_processes (
  process     uuid        PRIMARY KEY,
  node        text        NOT NULL,
  begun_at    timestamptz NOT NULL,
  lease_until timestamptz NOT NULL,
  ended_at    timestamptz
) WITH (fillfactor = 50);

-- A batch that was handed out, all of it in one row under one fencing token. The items are as they were when they waited, so their attempt is
-- one less than the one that is under way: taking the rows over as they are costs half of making new ones. They are never compressed: they
-- live for seconds. done: places in items whose outcome is known.
CREATE TABLE IF NOT EXISTS holdfast.retry_leases (
  token      bigint             GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process    uuid               NOT NULL,
  claimed_at timestamptz        NOT NULL,
  ids        uuid[]             NOT NULL,
  group_keys text[], -- NULL: none of them has one
  done       integer[]          NOT NULL DEFAULT '{}',
  items      holdfast.retries[] NOT NULL
) WITH (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 1000, toast.autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE holdfast.retry_leases ALTER COLUMN items SET STORAGE EXTERNAL, ALTER COLUMN ids SET STORAGE EXTERNAL;
CREATE INDEX IF NOT EXISTS retry_leases_process ON holdfast.retry_leases (process);

-- What nobody executes any more and an operator may put back: dead letters, and beside them what failed for good or was cancelled.
CREATE TABLE IF NOT EXISTS holdfast.retry_dead_letters (
  status text             NOT NULL CONSTRAINT retry_dead_letter_status_is_known CHECK (status IN ('dead_letter', 'failed', 'cancelled')),
  LIKE holdfast.retries,
  CONSTRAINT retry_dead_letters_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS retry_dead_letters_status ON holdfast.retry_dead_letters (status, id);
CREATE INDEX IF NOT EXISTS retry_dead_letters_fingerprint ON holdfast.retry_dead_letters (fingerprint, id);
CREATE INDEX IF NOT EXISTS retry_dead_letters_updated_at ON holdfast.retry_dead_letters (status, updated_at, id);

-- What happened, by day (UTC); the line that completes an item carries it, as it was when it waited. No default partition, as with events.
CREATE TABLE IF NOT EXISTS holdfast.retry_log (
  id          uuid        NOT NULL,
  at          timestamptz NOT NULL,
  logged_on   date        NOT NULL,
  kind        text        NOT NULL,
  attempt     integer     NOT NULL,
  token       bigint,
  process     uuid,
  took        interval,
  message     text,
  fingerprint text,
  item        holdfast.retries
) PARTITION BY RANGE (logged_on);
CREATE INDEX IF NOT EXISTS retry_log_id ON holdfast.retry_log (id);

-- What must hold for items wherever they are; only items that use it pay for it. A correlation id belongs to one unfinished item.
CREATE TABLE IF NOT EXISTS holdfast.retry_keys (
  correlation_id text PRIMARY KEY,
  id             uuid NOT NULL
);

-- The items of ordered groups that are pending, processed or dead letters. Of each group one item at most may go: the first, when none is
-- being processed. Written under the group's lock, which is taken before any row's: holdfast.lock_retry_groups().
CREATE SEQUENCE IF NOT EXISTS holdfast.retry_group_places_place_seq;
CREATE TABLE IF NOT EXISTS holdfast.retry_group_places (
  group_key text   NOT NULL,
  place     bigint NOT NULL,
  id        uuid   NOT NULL UNIQUE,
  PRIMARY KEY (group_key, place)
);

-- Running sums. Whoever changes items appends a row, the upkeep folds them: a sum in one row would be a queue of its own.
CREATE TABLE IF NOT EXISTS holdfast.retry_counts (
  operation_type text   NOT NULL,
  status         text   NOT NULL,
  items          bigint NOT NULL,
  PRIMARY KEY (operation_type, status)
);
CREATE TABLE IF NOT EXISTS holdfast.retry_count_deltas (
  operation_type text   NOT NULL,
  status         text   NOT NULL,
  items          bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- How operations are tried again, for workers that only speak SQL; the server writes its settings here. '' is for all types without their own.
CREATE TABLE IF NOT EXISTS holdfast.retry_policies (
  operation_type     text             PRIMARY KEY,
  initial_delay      interval         NOT NULL,
  max_delay          interval         NOT NULL,
  backoff_multiplier double precision NOT NULL,
  jitter             double precision NOT NULL,
  non_retryable      text[]           NOT NULL
);
INSERT INTO holdfast.retry_policies VALUES ('', '5 seconds', '300 seconds', 2, 0.1, '{}') ON CONFLICT DO NOTHING;
