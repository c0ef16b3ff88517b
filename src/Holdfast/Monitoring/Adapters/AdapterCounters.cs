namespace Holdfast.Monitoring.Adapters;

/// <summary>What became of the broadcasts of events that an adapter was given. Safe for concurrent use.</summary>
internal sealed class AdapterCounters
{
    private long _broadcasts;
    private long _events;
    private long _failures;
    private long _failedEvents;

    /// <summary>Broadcasts that were acknowledged.</summary>
    public long Broadcasts => Interlocked.Read(ref _broadcasts);

    /// <summary>Events in them.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Broadcasts that it did not take.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Events in them. Who watches got them later, from the log.</summary>
    public long FailedEvents => Interlocked.Read(ref _failedEvents);

    public void NoteAcknowledged(long events)
    {
        Interlocked.Increment(ref _broadcasts);
        Interlocked.Add(ref _events, events);
    }

    public void NoteFailed(long events)
    {
        Interlocked.Increment(ref _failures);
        Interlocked.Add(ref _failedEvents, events);
    }
}
