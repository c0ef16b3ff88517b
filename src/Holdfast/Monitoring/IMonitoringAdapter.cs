namespace Holdfast.Monitoring;

/// <summary>A way of getting what happens to those who watch. The broadcaster hands every adapter the same updates, in order.</summary>
internal interface IMonitoringAdapter
{
    /// <summary><c>websocket</c>, later <c>realtime</c> and <c>dual</c>.</summary>
    string Name { get; }

    ValueTask ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Says goodbye to all watchers.</summary>
    ValueTask DisconnectAsync(CancellationToken cancellationToken);

    /// <summary>Hands over one update. It never waits for a watcher; one that is too slow loses by its own queue's rules.</summary>
    void Broadcast(LiveUpdate update);

    int ConnectionCount { get; }

    AdapterMetrics Metrics { get; }
}

/// <summary>What an adapter did since the process started.</summary>
/// <param name="Delivered">Frames that were written to a connection.</param>
/// <param name="Dropped">Events dropped from queues of slow connections; each drop was told to the watcher as a gap.</param>
/// <param name="Closed">Connections closed because a watcher did not read what must be delivered.</param>
internal sealed record AdapterMetrics(long Delivered, long Dropped, long Closed);

/// <summary>Something to tell the watchers.</summary>
internal abstract record LiveUpdate;

/// <summary>Events, in order.</summary>
internal sealed record EventsUpdate(PublishedEvents Events) : LiveUpdate;

/// <summary>Events that were read from the log, without a hole from <paramref name="From"/> to <paramref name="To"/>.</summary>
internal sealed record HistoryUpdate(Guid Epoch, long From, long To, byte[] Frame) : LiveUpdate;

/// <summary>Events that cannot be told: history is gone, or there are too many of them. In its place in the order of events.</summary>
internal sealed record GapUpdate(Guid Epoch, long From, long To) : LiveUpdate;

/// <summary>Values that changed. A reader that missed one takes <paramref name="All"/> instead.</summary>
internal sealed record TickUpdate(byte[] Frame, Lazy<byte[]> All) : LiveUpdate;

/// <summary>Whole values by key and a sign of life; a later one replaces an earlier one that was not sent yet.</summary>
internal sealed record PulseUpdate(byte[] Delta, byte[] KeepAlive) : LiveUpdate;

/// <summary>Must be delivered, in order: new series, changed flags.</summary>
/// <param name="OfOverview">Of use only to those who want the overview.</param>
internal sealed record ControlUpdate(byte[] Frame, bool OfOverview = false) : LiveUpdate;
