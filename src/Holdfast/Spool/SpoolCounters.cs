namespace Holdfast.Spool;

/// <summary>Rows by what they are. Kinds other than events and samples are not part of the ledger and are counted together.</summary>
internal readonly record struct RowCounts(long Events, long Samples, long Others)
{
    public long Total => Events + Samples + Others;

    public static RowCounts Of(SpoolKind kind, long rows) => kind switch
    {
        SpoolKind.Event => new(rows, 0, 0),
        SpoolKind.Sample => new(0, rows, 0),
        _ => new(0, 0, rows),
    };

    public static RowCounts operator +(RowCounts left, RowCounts right) =>
        new(left.Events + right.Events, left.Samples + right.Samples, left.Others + right.Others);

    public static RowCounts operator -(RowCounts left, RowCounts right) =>
        new(left.Events - right.Events, left.Samples - right.Samples, left.Others - right.Others);

    /// <summary>Each count the larger of the two.</summary>
    public static RowCounts Max(RowCounts left, RowCounts right) =>
        new(Math.Max(left.Events, right.Events), Math.Max(left.Samples, right.Samples), Math.Max(left.Others, right.Others));
}

/// <summary>Where a waiting batch stands: its number, the last sequence number given out before it, and when it came.</summary>
internal readonly record struct SpoolEdge(long BatchSeq, long SequenceBefore, DateTimeOffset ReceivedAt);

/// <summary>
/// Numbering and running counts of a spool, as of one commit. Kept in the file in the same transaction as what they count, so that they
/// agree with it after a crash, and so that the numbering survives a drained spool. Immutable: a rolled back commit leaves nothing behind.
/// </summary>
internal readonly record struct SpoolCounters
{
    public long LastBatchSeq { get; init; }
    public long LastSequence { get; init; }

    /// <summary>Rows acknowledged since the spool began.</summary>
    public RowCounts Received { get; init; }

    /// <summary>Rows in batches that wait.</summary>
    public RowCounts Waiting { get; init; }
    public RowCounts Parked { get; init; }

    /// <summary>Rows lost since the spool began, as far as their number is known.</summary>
    public RowCounts Lost { get; init; }
    public long WaitingBatches { get; init; }
    public long WaitingBytes { get; init; }
    public long ParkedBytes { get; init; }

    /// <summary>The oldest batch that waits; null when none does.</summary>
    public SpoolEdge? Oldest { get; init; }

    /// <summary>Number of the newest batch that waits; 0 when none does.</summary>
    public long NewestWaiting { get; init; }

    /// <summary>The counters with one more batch, which takes the next number.</summary>
    public SpoolCounters WithAppended(SpoolKind kind, int rows, int bytes, DateTimeOffset receivedAt) => this with
    {
        LastBatchSeq = LastBatchSeq + 1,
        LastSequence = LastSequence + (kind == SpoolKind.Event ? rows : 0),
        Received = Received + RowCounts.Of(kind, rows),
        Waiting = Waiting + RowCounts.Of(kind, rows),
        WaitingBatches = WaitingBatches + 1,
        WaitingBytes = WaitingBytes + bytes,
        Oldest = Oldest ?? new SpoolEdge(LastBatchSeq + 1, LastSequence, receivedAt),
        NewestWaiting = LastBatchSeq + 1,
    };

    /// <summary>The counters without a batch that waited. The edges are the caller's to set: only the file knows the neighbours.</summary>
    public SpoolCounters WithoutWaiting(SpoolKind kind, long rows, long bytes) => this with
    {
        Waiting = Waiting - RowCounts.Of(kind, rows),
        WaitingBatches = WaitingBatches - 1,
        WaitingBytes = WaitingBytes - bytes,
    };

    /// <summary>The counters with a parked row that waits again, in a batch of its own with the next number. It was received when it first came.</summary>
    public SpoolCounters WithUnparked(SpoolKind kind, int bytes, DateTimeOffset now) => WithAppended(kind, rows: 1, bytes, now) with
    {
        Received = Received,
        Parked = Parked - RowCounts.Of(kind, 1),
        ParkedBytes = ParkedBytes - bytes,
    };

    /// <summary>The counters without a parked row.</summary>
    public SpoolCounters WithoutParked(SpoolKind kind, int bytes) => this with
    {
        Parked = Parked - RowCounts.Of(kind, 1),
        ParkedBytes = ParkedBytes - bytes,
    };

    /// <summary>The counters with numbering that goes on above both numbers.</summary>
    public SpoolCounters WithNumberingAbove(long batchSeq, long sequence) => this with
    {
        LastBatchSeq = Math.Max(LastBatchSeq, batchSeq),
        LastSequence = Math.Max(LastSequence, sequence),
    };
}
