using System.Text;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;
using Holdfast.Storage;

namespace Holdfast.Pipeline;

/// <summary>
/// Where events, samples and validation metrics end up. One conformance suite holds for every implementation. Writes are idempotent:
/// the batch ledger (spool_id, batch_seq) is written in the transaction that stores the rows, so a batch that comes twice is recognised.
/// </summary>
internal interface ITelemetryStore : IAsyncDisposable
{
    /// <summary><c>sqlite</c>, <c>memory</c>, <c>postgres</c>.</summary>
    string Kind { get; }

    /// <summary>The rows that it refused.</summary>
    IDeadLetterStore DeadLetters { get; }

    /// <summary>How other nodes that write here are followed; null where no other process can write.</summary>
    ISharedLog? Shared => null;

    /// <summary>Opens or creates the store and brings its schema up to date. Harmless when repeated.</summary>
    ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Asks for as little as the store can be asked, on the connections that writes use. Beside every breaker: that it answers again is known here
    /// first. The store's own clock, or null where that is this machine's.
    /// </summary>
    async ValueTask<DateTimeOffset?> PingAsync(CancellationToken cancellationToken)
    {
        await ReadTotalsAsync(Guid.Empty, cancellationToken);
        return null;
    }

    /// <summary>
    /// Stores the batches, all in one transaction: their rows, their ledger rows, the dead letters of the rows refused, and the running
    /// totals. One bad row never costs its neighbours.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Busy, full, I/O error or connection lost: nothing is known to be stored; ask again with the same batches.</exception>
    ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken);

    /// <summary>
    /// Writes validation counts under their id, all in one transaction. A type that is there already under the id is left as it is, so an
    /// id may be written in parts, and every part again.
    /// </summary>
    ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken);

    /// <summary>Validation metrics of the last 24 hours and, by event type, of the last 7 days.</summary>
    ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>What the batch ledger holds of a spool: the mark up to which it holds everything, and the batches above it.</summary>
    ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken);

    /// <summary>Enters ranges that are gone for good, so that the contiguous mark can pass. A range already entered (or already stored) counts once.</summary>
    ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken);

    /// <summary>Running totals of a spool, for the ledger; zeros when the spool is unknown.</summary>
    ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken);

    /// <summary>Events, newest first by timestamp. A page ends early when its events are large: <see cref="EventPage.BytesMax"/>.</summary>
    ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Events of one epoch above a sequence number, in order of sequence: how a watcher catches up. Ends early when the events are large
    /// (<see cref="EventPage.BytesMax"/>), so fewer than the limit do not mean the end; none does.
    /// </summary>
    ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken);

    /// <summary>What became of the sequence numbers of an epoch above one and up to another that have no event here.</summary>
    ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken);

    /// <summary>Points of the series that match, from the coarsest rollup that is fine enough for the step.</summary>
    ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken);

    /// <summary>Writes down what an operator did. An entry that is there already is left as it is.</summary>
    ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>What operators did, newest first.</summary>
    ValueTask<AuditPage> ReadAuditAsync(AuditQuery query, CancellationToken cancellationToken);

    /// <summary>Folds samples into the rollups, late ones included. Idempotent; bounded work per call; returns whether more is left.</summary>
    ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Deletes what is past its keep time, in small steps. Bounded work per call; returns the rows deleted and whether more is left.</summary>
    ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>Identity of a store, made by its first migration.</summary>
internal sealed record StoreIdentity(Guid StoreId, int SchemaVersion);

/// <summary>What to store.</summary>
/// <param name="SpoolId">Whose batches they are.</param>
/// <param name="Batches">In any order; events and samples may be mixed.</param>
/// <param name="ParkAsync">When set, rows the store refuses are handed to it (durably, before the commit) instead of becoming dead letters.</param>
internal sealed record StoreWrite(
    Guid SpoolId, IReadOnlyList<SpooledBatch> Batches, Func<IReadOnlyList<ParkedRow>, CancellationToken, ValueTask>? ParkAsync = null)
{
    /// <summary>
    /// When set, and <see cref="ParkAsync"/> is not, it is handed the rows (durably, before the commit) of which the store refuses so many that its
    /// schema must have changed; otherwise such a write fails, and all of it waits. Single rows that are refused become dead letters all the same.
    /// </summary>
    public Func<IReadOnlyList<ParkedRow>, CancellationToken, ValueTask>? ParkSuspectsAsync { get; init; }

    /// <summary>
    /// When set, it is told which of the batches the store does not hold, within the transaction and before anything is parked: an earlier write of
    /// them may have parked rows and then not been committed. Only there is it certain that none can be committed any more.
    /// </summary>
    public Func<IReadOnlyCollection<long>, CancellationToken, ValueTask>? ForgetParkedAsync { get; init; }
}

/// <summary>What a write did. Batches the ledger held already count in <see cref="AlreadyStored"/> only.</summary>
internal sealed record StoreWriteResult
{
    public required string Approach { get; init; }
    public required long EventsStored { get; init; }
    public required long SamplesStored { get; init; }
    public required long Duplicates { get; init; }
    public required long DeadLettered { get; init; }
    public required long Parked { get; init; }

    /// <summary>Batches (not rows) that were recognised.</summary>
    public required int AlreadyStored { get; init; }

    /// <summary>Why the store's schema is thought to have changed; null when nothing speaks for that.</summary>
    public string? Suspicion { get; init; }
}

/// <summary>Consecutive batch numbers, both ends included.</summary>
internal readonly record struct BatchRange(long First, long Last)
{
    public long Count => Last - First + 1;

    /// <summary>The ranges with neighbours made one.</summary>
    /// <param name="ranges">By ascending number, not overlapping.</param>
    public static IReadOnlyList<BatchRange> Joined(IEnumerable<BatchRange> ranges)
    {
        var joined = new List<BatchRange>();
        foreach (var range in ranges)
        {
            if (joined.Count > 0 && joined[^1].Last + 1 == range.First)
            {
                joined[^1] = joined[^1] with { Last = range.Last };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }
}

/// <summary>What the batch ledger holds of a spool.</summary>
/// <param name="ContiguousMark">Every batch up to here is held, or lost for good.</param>
/// <param name="Above">What is held above the mark, ascending. Ranges, not numbers: a range that was lost can be of any length.</param>
/// <param name="HighestSequence">The highest sequence number that the store ever saw.</param>
internal sealed record StoreHeld(long ContiguousMark, IReadOnlyList<BatchRange> Above, long HighestSequence)
{
    public long HighestBatchSeq => Above.Count == 0 ? ContiguousMark : Above[^1].Last;

    /// <summary>How many batches are held above the mark.</summary>
    public long CountAbove => Above.Sum(range => range.Count);

    public bool Holds(long batchSeq) =>
        batchSeq <= ContiguousMark || Above.Any(range => batchSeq >= range.First && batchSeq <= range.Last);
}

/// <summary>A store's part of the ledger for one kind of row.</summary>
internal readonly record struct StoreCounts(long Stored, long DeadLettered, long Duplicates, long Discarded, long Lost)
{
    public long Total => Stored + DeadLettered + Duplicates + Discarded + Lost;
}

/// <summary>A store's part of the ledger for one spool.</summary>
internal sealed record StoreTotals(StoreCounts Events, StoreCounts Samples);

/// <summary>An event as stored; <see cref="DataJson"/> and <see cref="MetadataJson"/> are JSON objects.</summary>
internal sealed record StoredEvent
{
    public required Guid EventId { get; init; }
    public required string EventType { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
    public required string Source { get; init; }
    public required string DataJson { get; init; }
    public required string MetadataJson { get; init; }
    public required EventCategory Category { get; init; }
    public required Guid Epoch { get; init; }
    public required long SequenceId { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>Which events; every filter that is set must hold.</summary>
internal sealed record EventQuery
{
    public string? EventType { get; init; }
    public string? Source { get; init; }
    public EventCategory? Category { get; init; }

    /// <summary>Happened at this instant or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Happened before this instant.</summary>
    public DateTimeOffset? Until { get; init; }
    public Guid? EventId { get; init; }

    /// <summary>The value of <c>metadata.correlation_id</c>.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Occurs in type, source or data (its JSON text), ignoring the case of ASCII letters; taken literally.</summary>
    public string? Text { get; init; }

    /// <summary>1 to 500. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the last page ended: (timestamp µs, id). Null from the newest.</summary>
    public (long TimestampMicroseconds, Guid EventId)? Before { get; init; }
}

/// <summary>A page of events; <see cref="Next"/> is null at the end.</summary>
internal sealed record EventPage(IReadOnlyList<StoredEvent> Items, (long TimestampMicroseconds, Guid EventId)? Next)
{
    /// <summary>Bytes of data and metadata after which a page ends, whatever its limit: rows alone do not bound an answer whose events are large.</summary>
    public const long BytesMax = 4 << 20;

    /// <summary>Makes a page of what matches, in order. Looks one event further than the page, to know whether there is a next one.</summary>
    public static EventPage Take(IEnumerable<StoredEvent> matching, int limit)
    {
        var items = new List<StoredEvent>();
        var bytes = 0L;
        foreach (var stored in matching)
        {
            if (items.Count == limit || bytes >= BytesMax)
            {
                return new EventPage(items, (UnixMicroseconds.From(items[^1].Timestamp), items[^1].EventId));
            }

            items.Add(stored);
            bytes += Encoding.UTF8.GetByteCount(stored.DataJson) + Encoding.UTF8.GetByteCount(stored.MetadataJson);
        }

        return new EventPage(items, Next: null);
    }
}

/// <summary>How points of a step are folded into one.</summary>
internal enum Aggregation
{
    /// <summary>Mean of the samples.</summary>
    Avg,

    /// <summary>Smallest.</summary>
    Min,

    /// <summary>Largest.</summary>
    Max,

    /// <summary>Sum of the samples.</summary>
    Sum,

    /// <summary>The latest.</summary>
    Last,

    /// <summary>Growth per second of a running total; a fall is taken as a restart from zero.</summary>
    Rate,
}

/// <summary>Which points of which series. The time is widened to whole steps, so that the first and the last point stand for a step like the others.</summary>
internal sealed record SeriesQuery
{
    /// <summary>Exact name.</summary>
    public required string Name { get; init; }

    /// <summary>Labels that must be there with these values; others may be there too.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public required DateTimeOffset Since { get; init; }
    public required DateTimeOffset Until { get; init; }

    /// <summary>Width of a point; points start at multiples of it since 1970. At least 1 second.</summary>
    public required TimeSpan Step { get; init; }
    public Aggregation Aggregation { get; init; } = Aggregation.Avg;

    /// <summary>Series answered at the most. Default 100.</summary>
    public int SeriesMax { get; init; } = 100;
}

/// <summary>One series with its points (unix milliseconds of the step's start, value), oldest first. Steps without a sample are absent.</summary>
internal sealed record SeriesResult(SeriesDefinition Series, TimeSpan Step, IReadOnlyList<(long UnixMilliseconds, double Value)> Points);

/// <summary>What a prune did.</summary>
internal readonly record struct PruneResult(long RowsDeleted, bool More);

/// <summary>How long things are kept. The defaults are the settings' defaults.</summary>
public sealed class RetentionOptions
{
    /// <summary>Events. Default 30 days.</summary>
    public TimeSpan Events { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Raw samples. Default 7 days.</summary>
    public TimeSpan Samples { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Rollups of one minute. Default 30 days.</summary>
    public TimeSpan RollupOneMinute { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Rollups of one hour. Default 365 days.</summary>
    public TimeSpan RollupOneHour { get; set; } = TimeSpan.FromDays(365);

    /// <summary>Validation metrics. Default 90 days.</summary>
    public TimeSpan Validation { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Dead letters. Default 30 days. Those removed count as discarded in the ledger.</summary>
    public TimeSpan DeadLetters { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The audit: what operators did. Default 365 days.</summary>
    public TimeSpan Audit { get; set; } = TimeSpan.FromDays(365);
}
