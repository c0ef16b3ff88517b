using Holdfast.Monitoring.Adapters;

namespace Holdfast.Monitoring;

/// <summary>A way of getting what happens to those who watch. The broadcaster hands every adapter the same updates, in order.</summary>
internal interface IMonitoringAdapter
{
    /// <summary><c>websocket</c>, <c>realtime</c>, <c>supabase</c>, or <c>dual</c> for two of them.</summary>
    string Name { get; }

    /// <summary>Gets ready to take updates.</summary>
    ValueTask ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Says goodbye to all watchers.</summary>
    ValueTask DisconnectAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Hands over one update. It never waits for a watcher; one that is too slow loses by its own queue's rules. What throws was not taken,
    /// and is counted as a failure of the adapter.
    /// </summary>
    BroadcastOutcome Broadcast(LiveUpdate update);

    /// <summary>Hands over many, in order. The outcome is that of the last one; what throws ends it there.</summary>
    BroadcastOutcome Broadcast(IReadOnlyList<LiveUpdate> updates)
    {
        var outcome = BroadcastOutcome.Unwatched;
        foreach (var update in updates)
        {
            outcome = Broadcast(update);
        }

        return outcome;
    }

    int ConnectionCount { get; }

    AdapterMetrics Metrics { get; }

    /// <summary>What the adapter itself knows to be wrong, a sentence; null when it knows of nothing. Nobody watching is nothing wrong.</summary>
    string? Trouble => null;
}

/// <summary>What became of an update that an adapter took.</summary>
internal enum BroadcastOutcome
{
    /// <summary>Nobody watches over this adapter: nothing was sent, and nothing is counted.</summary>
    Unwatched,

    /// <summary>It is in the queue of each who watches.</summary>
    Acknowledged,

    /// <summary>It waits for somebody outside to acknowledge it. What becomes of it is told later.</summary>
    Queued,

    /// <summary>It was not taken. Who watches catches up from the log.</summary>
    Failed,
}

/// <summary>What an adapter did since the process started.</summary>
/// <param name="Delivered">Frames that were written to a connection.</param>
/// <param name="Dropped">Events dropped from queues of slow connections; each drop was told to the watcher as a gap.</param>
/// <param name="Closed">Connections closed because a watcher did not read what must be delivered.</param>
internal sealed record AdapterMetrics(long Delivered, long Dropped, long Closed)
{
    /// <summary>Bytes that wait for connections at present.</summary>
    public long WaitingBytes { get; init; }

    /// <summary>Connections at present for which more than half of what may wait is waiting.</summary>
    public long Slow { get; init; }

    public static AdapterMetrics operator +(AdapterMetrics one, AdapterMetrics other) =>
        new(one.Delivered + other.Delivered, one.Dropped + other.Dropped, one.Closed + other.Closed) { WaitingBytes = one.WaitingBytes + other.WaitingBytes, Slow = one.Slow + other.Slow };
}

/// <summary>Something to tell the watchers.</summary>
internal abstract record LiveUpdate;

/// <summary>Something of the log. What is told of an epoch is told in the order of its numbers; between epochs there is no order.</summary>
/// <param name="At">Where the stream stands behind it, in every epoch.</param>
internal abstract record LogUpdate(Guid Epoch, long From, long To, LivePositions At) : LiveUpdate;

/// <summary>Events that follow each other without a hole, recorded here or stored by another node.</summary>
internal sealed record EventsUpdate(PublishedEvents Events, LivePositions At) : LogUpdate(Events.Epoch, Events.FirstSequence, Events.LastSequence, At)
{
    private readonly Lazy<IReadOnlyList<EventFrame>> _frames = new(() => Events.Encode(At));

    /// <summary>What of them an adapter need send that pays for each message; who watches this server gets them all. Null: all.</summary>
    public RolloutShares? Shares { get; init; }

    /// <summary>What of them is compared when somebody outside has acknowledged it; null: nothing.</summary>
    public RolloutShares? Compared { get; init; }

    /// <summary>Made when the first watcher takes them, and once for all.</summary>
    public IReadOnlyList<EventFrame> Frames => _frames.Value;
}

/// <summary>Events that cannot be told: history is gone, or there are too many of them. In its place in the order of events.</summary>
internal sealed record GapUpdate(Guid Epoch, long From, long To, LivePositions At) : LogUpdate(Epoch, From, To, At);

/// <summary>Values that changed. A reader that missed one takes <paramref name="All"/> instead.</summary>
internal sealed record TickUpdate(byte[] Frame, Lazy<byte[]> All) : LiveUpdate;

/// <summary>Whole values by key and a sign of life; a later one replaces an earlier one that was not sent yet.</summary>
internal sealed record PulseUpdate(byte[] Delta, byte[] KeepAlive) : LiveUpdate;

/// <summary>Must be delivered, in order: new series, changed flags.</summary>
/// <param name="OfOverview">Of use only to those who want the overview.</param>
internal sealed record ControlUpdate(byte[] Frame, bool OfOverview = false) : LiveUpdate;
