using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Monitoring;

/// <summary>
/// The durable history that watchers catch up from: what still waits in the spool and what the store holds. The spool is read first: an
/// event that moves to the store between the two reads is then seen twice, never missed.
/// </summary>
internal sealed class EventLog(ISpool spool, ITelemetryStore store, StoreState storeState)
{
    /// <summary>Bytes of a page, so that a page of the largest events is not a page of a thousand.</summary>
    public const long PageBytesMax = 4 << 20;

    /// <summary>
    /// Events of an epoch with sequence numbers above <paramref name="after"/> and up to <paramref name="upTo"/>, in order, about
    /// <paramref name="limit"/> at the most. The page says how far it is complete: what is missing up to there is not in the log (any more).
    /// </summary>
    public async ValueTask<HistoryPage> ReadAsync(Guid epoch, long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<long, StoredEvent>();
        var complete = upTo;
        if (epoch == spool.SpoolId)
        {
            complete = await ReadSpoolAsync(new Range(after, upTo, limit), found, cancellationToken);
        }

        // Asked once: what the store was not asked for, because it was away, it must not be said to hold.
        var isAsked = storeState.Now.Available;
        if (isAsked)
        {
            complete = Math.Min(complete, await ReadStoreAsync(epoch, new Range(after, complete, limit), found, cancellationToken));
        }

        return await PageAsync(epoch, after, complete, found, isAsked, cancellationToken);
    }

    /// <summary>The same of what the store holds alone.</summary>
    /// <exception cref="StoreUnavailableException">It is away. Nothing is known, not even that something is missing.</exception>
    public async ValueTask<HistoryPage> ReadStoredAsync(Guid epoch, long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        var found = new SortedDictionary<long, StoredEvent>();
        var complete = await ReadStoreAsync(epoch, new Range(after, upTo, limit), found, cancellationToken);
        ThrowIfAway();
        return await PageAsync(epoch, after, complete, found, isAsked: true, cancellationToken);
    }

    /// <summary>What the store says of an epoch that is not followed here.</summary>
    /// <exception cref="StoreUnavailableException">It is away.</exception>
    public async ValueTask<EpochEnd> EndOfAsync(Guid epoch, CancellationToken cancellationToken)
    {
        ThrowIfAway();

        // In this order: an epoch whose first events are stored in between must not look as if it had them long ago.
        var settledTo = (await store.ReadCoverageAsync(epoch, 0, 0, cancellationToken)).SettledTo;
        var goingOn = store.Shared is { } shared ? await shared.ReadHeadsAsync(LiveCursor.EpochsMax, cancellationToken) : [];
        return new EpochEnd(settledTo, IsOver: goingOn.All(head => head.Epoch != epoch));
    }

    private void ThrowIfAway()
    {
        if (!storeState.Now.Available)
        {
            throw new StoreUnavailableException("connection", storeState.Now.Explanation, inner: null);
        }
    }

    private async ValueTask<HistoryPage> PageAsync(
        Guid epoch, long after, long complete, SortedDictionary<long, StoredEvent> found, bool isAsked, CancellationToken cancellationToken)
    {
        var events = found.TakeWhile(e => e.Key <= complete).Select(e => e.Value).ToArray();
        if (events.Length == complete - after)
        {
            return new HistoryPage(events, complete, []);
        }

        // Of the numbers without an event, those of which the store does not know what became: a repeated event takes a number, too.
        var coverage = isAsked ? await store.ReadCoverageAsync(epoch, after, complete, cancellationToken) : EventCoverage.Nothing;
        return new HistoryPage(events, complete, coverage.Unknown(after, complete));
    }

    private async ValueTask<long> ReadSpoolAsync(Range range, SortedDictionary<long, StoredEvent> found, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        for (var afterBatch = 0L; ;)
        {
            var batches = await spool.ReadAsync(
                new SpoolRead { Kinds = [SpoolKind.Event], AfterSequence = range.After, AfterBatchSeq = afterBatch }, cancellationToken);
            if (batches.Count == 0 || batches[0].FirstSequence > range.UpTo)
            {
                return range.UpTo;
            }

            foreach (var batch in batches)
            {
                Add(batch, range, found);
                bytes += batch.Payload.Length;
            }

            afterBatch = batches[^1].BatchSeq;
            if (found.Count >= range.Limit || bytes >= PageBytesMax)
            {
                return Math.Min(range.UpTo, batches[^1].FirstSequence + batches[^1].Count - 1);
            }
        }
    }

    private void Add(SpooledBatch batch, Range range, SortedDictionary<long, StoredEvent> found)
    {
        var published = new RecordedEvents(spool.SpoolId, batch.FirstSequence, batch.Count, batch.ReceivedAt, batch.Payload);
        foreach (var stored in published.ToStored().Where(e => e.SequenceId > range.After && e.SequenceId <= range.UpTo))
        {
            found[stored.SequenceId] = stored;
        }
    }

    private async ValueTask<long> ReadStoreAsync(Guid epoch, Range range, SortedDictionary<long, StoredEvent> found, CancellationToken cancellationToken)
    {
        var (after, count, bytes) = (range.After, 0, 0L);
        while (after < range.UpTo)
        {
            var page = await store.ReadEventsAfterAsync(epoch, after, range.Limit, cancellationToken);
            foreach (var stored in page.Where(e => e.SequenceId <= range.UpTo))
            {
                found.TryAdd(stored.SequenceId, stored);
                bytes += stored.DataJson.Length + stored.MetadataJson.Length;
            }

            if (page.Count == 0 || page[^1].SequenceId >= range.UpTo)
            {
                break;
            }

            after = page[^1].SequenceId;
            count += page.Count;
            if (count >= range.Limit || bytes >= PageBytesMax)
            {
                return after;
            }
        }

        return range.UpTo;
    }

    private readonly record struct Range(long After, long UpTo, int Limit);
}

/// <summary>The end of an epoch, as far as the store knows.</summary>
/// <param name="SettledTo">0 when it does not know the epoch.</param>
/// <param name="IsOver">Nobody writes it any more. Otherwise it will be followed here in a moment.</param>
internal readonly record struct EpochEnd(long SettledTo, bool IsOver);

/// <summary>A page of history.</summary>
/// <param name="Events">In order of sequence.</param>
/// <param name="CompleteTo">Up to this number nothing more will be found.</param>
/// <param name="Unknown">Where a number without an event is a gap; elsewhere nothing is missing.</param>
internal sealed record HistoryPage(IReadOnlyList<StoredEvent> Events, long CompleteTo, IReadOnlyList<SequenceRange> Unknown)
{
    /// <summary>The page as watchers are told it: stretches without a hole, and what is missing between them.</summary>
    /// <param name="after">Where the watchers stand.</param>
    public IEnumerable<LogPart> Tell(Guid epoch, long after)
    {
        for (var start = 0; start < Events.Count;)
        {
            var end = start + 1;
            while (end < Events.Count && end - start < PublishedEvents.EventsPerFrame && Events[end].SequenceId == Events[end - 1].SequenceId + 1)
            {
                end++;
            }

            foreach (var gap in Gaps(epoch, after + 1, Events[start].SequenceId - 1))
            {
                yield return gap;
            }

            yield return LogPart.Of(new LoggedEvents([.. Events.Skip(start).Take(end - start)]));
            (start, after) = (end, Events[end - 1].SequenceId);
        }

        foreach (var gap in Gaps(epoch, after + 1, CompleteTo))
        {
            yield return gap;
        }
    }

    private IEnumerable<LogPart> Gaps(Guid epoch, long first, long last) => Unknown
        .Select(range => LogPart.Gap(epoch, Math.Max(first, range.First), Math.Min(last, range.Last)))
        .Where(gap => gap.From <= gap.To);
}

/// <summary>A stretch of the log as watchers are told it.</summary>
/// <param name="Events">Null: a gap.</param>
internal sealed record LogPart(Guid Epoch, long From, long To, PublishedEvents? Events)
{
    public static LogPart Gap(Guid epoch, long from, long to) => new(epoch, from, to, Events: null);

    public static LogPart Of(PublishedEvents events) => new(events.Epoch, events.FirstSequence, events.LastSequence, events);

    /// <param name="told">How far the stream was told before.</param>
    public LogUpdate ToUpdate(LivePositions told)
    {
        var at = told.With(Epoch, To);
        return Events is null ? new GapUpdate(Epoch, From, To, at) : new EventsUpdate(Events, at);
    }
}
