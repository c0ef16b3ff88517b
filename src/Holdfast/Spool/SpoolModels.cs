namespace Holdfast.Spool;

/// <summary>What a spooled batch is made of. The numbers are on disk: they never change their meaning.</summary>
internal enum SpoolKind : byte
{
    /// <summary>Events; these are the ones that take sequence numbers.</summary>
    Event = 1,

    /// <summary>Samples of series.</summary>
    Sample = 2,

    /// <summary>Retry items on their way to the queue.</summary>
    RetryEnqueue = 3,

    /// <summary>Dead letters that wait for the database.</summary>
    DeadLetter = 4,
}

/// <summary>What an acknowledgement is worth; said in the answer header <c>Holdfast-Durability</c>.</summary>
internal enum SpoolDurability
{
    /// <summary>Synced to disk before it is acknowledged: survives a power cut.</summary>
    Durable,

    /// <summary>Written to the file before it is acknowledged: survives kill -9, not a power cut.</summary>
    Process,

    /// <summary>Held in memory: lost with the process.</summary>
    Memory,
}

/// <summary>One encoded batch handed to the spool.</summary>
/// <param name="Kind">What it is made of.</param>
/// <param name="FormatVersion">Version of the payload's codec.</param>
/// <param name="Count">Rows in the payload, at least 1.</param>
/// <param name="Payload">The encoded rows. The spool owns the memory from here on; the caller must not write to it again.</param>
internal sealed record SpoolEntry(SpoolKind Kind, byte FormatVersion, int Count, ReadOnlyMemory<byte> Payload);

/// <summary>What one request makes durable: its batches and its validation counts, in one commit. Either may be empty.</summary>
internal sealed record SpoolAppend(IReadOnlyList<SpoolEntry> Entries, IReadOnlyList<ValidationCount> Validation)
{
    public static SpoolAppend Of(params SpoolEntry[] entries) => new(entries, []);
}

/// <summary>How the validation of one event type went; adds up.</summary>
internal readonly record struct ValidationCount(string EventType, long Total, long Passed, long Failed, long Errors, long Warnings, long DurationMicroseconds);

/// <summary>Validation counts waiting for the store under one idempotency id. <see cref="Counts"/> is empty when nothing waits.</summary>
internal sealed record PendingValidation(Guid BatchId, IReadOnlyList<ValidationCount> Counts)
{
    /// <summary>Types counted since the id was given out: they follow under the next one. 0 when the id is new.</summary>
    public int Behind { get; init; }
}

/// <summary>Where an entry ended up.</summary>
/// <param name="BatchSeq">Number of the batch in this spool, from 1, without holes.</param>
/// <param name="FirstSequence">Sequence number of its first event; 0 for kinds that are not events.</param>
internal readonly record struct SpoolPosition(long BatchSeq, long FirstSequence);

/// <summary>Answer to an append: positions in the order of the entries.</summary>
internal sealed record SpoolReceipt(IReadOnlyList<SpoolPosition> Positions, DateTimeOffset ReceivedAt);

/// <summary>A batch that waits.</summary>
internal sealed record SpooledBatch(
    long BatchSeq, SpoolKind Kind, byte FormatVersion, int Count, long FirstSequence, DateTimeOffset ReceivedAt, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Number of its first row. 0, but for a piece that was cut out of a batch and comes alone.</summary>
    public int FirstRow { get; init; }
}

/// <summary>Which batches to read.</summary>
internal sealed record SpoolRead
{
    /// <summary>Only these kinds; empty means all.</summary>
    public IReadOnlyList<SpoolKind> Kinds { get; init; } = [];

    /// <summary>Only batches above this number. Default 0: from the oldest.</summary>
    public long AfterBatchSeq { get; init; }

    /// <summary>Only batches received at or after this instant. Default: no bound.</summary>
    public DateTimeOffset? ReceivedFrom { get; init; }

    /// <summary>Only event batches that hold a sequence number above this one. Default: no bound.</summary>
    public long? AfterSequence { get; init; }

    /// <summary>Stops before the batch that would exceed it, but always returns one. Default 5,000.</summary>
    public int RowsMax { get; init; } = 5_000;

    /// <summary>Stops before the batch that would exceed it, but always returns one. Default 1 MiB.</summary>
    public long BytesMax { get; init; } = 1 << 20;
}

/// <summary>A row the store refused, kept beside the batches until someone decides.</summary>
internal sealed record ParkedRow(long BatchSeq, int Row, SpoolKind Kind, ReadOnlyMemory<byte> Payload, string Reason, DateTimeOffset ParkedAt)
{
    /// <summary>Version of the codec of the payload. There has been one only, for either kind, since rows are parked; the file does not say it.</summary>
    public const byte FormatVersion = 1;
}

/// <summary>Consecutive batches that are gone, with the number of rows where it is known.</summary>
internal sealed record LostRange(long FirstBatchSeq, long LastBatchSeq, long? FirstSequence, long? LastSequence, long Events, long Samples, string Reason, DateTimeOffset NoticedAt);

/// <summary>What the spool remembers of a store.</summary>
/// <param name="EventsBefore">Events of this spool that had been resolved elsewhere before this store was first seen.</param>
/// <param name="SamplesBefore">The same for samples.</param>
internal readonly record struct StoreMemory(long EventsBefore, long SamplesBefore);

/// <summary>Counts in the ledger's words for one kind of row.</summary>
internal readonly record struct SpoolCounts(long Received, long Spooled, long Parked);

/// <summary>The spool's part of the ledger, read in one transaction.</summary>
internal sealed record SpoolTotals(SpoolCounts Events, SpoolCounts Samples, long LastBatchSeq, long LastSequence);

/// <summary>How full the spool is.</summary>
internal enum SpoolLevel
{
    /// <summary>Below 70 % of the budget.</summary>
    Ok,

    /// <summary>From 70 %: an alert, nothing else.</summary>
    Warn,

    /// <summary>From 85 %: answers are delayed by 50 to 500 ms, growing to 95 %.</summary>
    Slow,

    /// <summary>From 95 %: appends are refused with a time to come back.</summary>
    Refuse,
}

/// <summary>The spool as seen from outside, now.</summary>
internal sealed record SpoolSnapshot
{
    public required Guid SpoolId { get; init; }
    public required SpoolDurability Durability { get; init; }
    public required SpoolLevel Level { get; init; }
    public required long Batches { get; init; }
    public required long Rows { get; init; }
    public required long LiveBytes { get; init; }
    public required long DiskBytesMax { get; init; }
    public required long ParkedRows { get; init; }
    public required long MemoryBytes { get; init; }
    public required long LastBatchSeq { get; init; }
    public required long LastSequence { get; init; }
    public required DateTimeOffset? OldestReceivedAt { get; init; }
    public required TimeSpan LastCommitDuration { get; init; }
    public required long LostRows { get; init; }
    public required long RefusedAppends { get; init; }

    /// <summary>Why the file cannot be written at present; null when all is well.</summary>
    public required string? Fault { get; init; }
}

/// <summary>The spool's byte budget is used up. Nothing of the append was taken; the producer is to come back later.</summary>
public sealed class SpoolFullException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When it is likely that there is room again, from the present drain rate; 1 to 60 seconds.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>The spool's file cannot be written (disk full, I/O error). Nothing was acknowledged; the producer is to come back later.</summary>
public sealed class SpoolUnavailableException(string message, Exception? inner) : Exception(message, inner);
