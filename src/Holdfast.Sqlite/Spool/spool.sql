-- The schema of spool.db, version 1. Instants are microseconds since 1970.

-- One row: identity, numbering and running counts, written in the transaction of what they count.
create table meta (
    id integer primary key check (id = 1),
    spool_id blob not null check (length(spool_id) = 16),
    schema_version integer not null,
    last_batch_seq integer not null,
    last_sequence integer not null,
    received_events integer not null,
    received_samples integer not null,
    received_others integer not null,
    waiting_events integer not null,
    waiting_samples integer not null,
    waiting_others integer not null,
    waiting_batches integer not null,
    waiting_bytes integer not null,
    parked_events integer not null,
    parked_samples integer not null,
    parked_others integer not null,
    parked_bytes integer not null,
    lost_events integer not null,
    lost_samples integer not null,
    lost_others integer not null
) strict;

-- One row per batch that waits. The payload comes last, so that walking over the rest does not touch its pages.
create table batches (
    batch_seq integer primary key,
    kind integer not null,
    format_version integer not null,
    count integer not null check (count > 0),
    -- The last event sequence given out before this batch. Every kind has it, so it grows with batch_seq and can be searched.
    sequence_before integer not null,
    received_at integer not null,
    -- Over all other columns, not only the payload: a number that changed is as bad as a byte that changed.
    crc32c integer not null,
    bytes integer not null,
    payload blob not null
) strict;

-- Rows that a store refused while dead-lettering is off. They outlive their batch.
create table parked (
    batch_seq integer not null,
    row integer not null,
    kind integer not null,
    reason text not null,
    parked_at integer not null,
    payload blob not null,
    primary key (batch_seq, row)
) strict, without rowid;

-- Validation counts that no store holds yet. An empty batch_id collects; at most one other is on its way to the store.
create table pending_validation (
    batch_id blob not null,
    event_type text not null,
    total integer not null,
    passed integer not null,
    failed integer not null,
    errors integer not null,
    warnings integer not null,
    duration_us integer not null,
    primary key (batch_id, event_type)
) strict, without rowid;

-- Ranges that are gone and that no store has been told of yet.
create table losses (
    first_batch_seq integer primary key,
    last_batch_seq integer not null check (last_batch_seq >= first_batch_seq),
    first_sequence integer,
    last_sequence integer,
    events integer not null,
    samples integer not null,
    reason text not null,
    noticed_at integer not null
) strict;

-- What is remembered of each store this spool has been flushed to.
create table stores (
    store_id blob primary key,
    contiguous_mark integer not null, -- always 0: counting tells a gap better, and the column stays for the files there are
    events_before integer not null,
    samples_before integer not null
) strict, without rowid;
