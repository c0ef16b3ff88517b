namespace Holdfast.Monitoring.Adapters;

/// <summary>Broadcasts of events, counted when it is known what became of them. Safe for concurrent use.</summary>
internal sealed class BroadcastCounters
{
    private long _total;
    private long _adapter;
    private long _direct;
    private long _failed;

    /// <summary>Acknowledged in any way.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Acknowledged by the adapter.</summary>
    public long Adapter => Interlocked.Read(ref _adapter);

    /// <summary>Put into the queues of connections directly.</summary>
    public long Direct => Interlocked.Read(ref _direct);

    /// <summary>Not taken: by the adapter, by both in dual mode, or by a connection in direct mode.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    public void Note(BroadcastOutcome direct, BroadcastOutcome adapter)
    {
        Count(ref _total, direct == BroadcastOutcome.Acknowledged || adapter == BroadcastOutcome.Acknowledged);
        Count(ref _direct, direct == BroadcastOutcome.Acknowledged);
        Count(ref _adapter, adapter == BroadcastOutcome.Acknowledged);
        Count(ref _failed, direct == BroadcastOutcome.Failed || adapter == BroadcastOutcome.Failed);
    }

    private static void Count(ref long counter, bool happened)
    {
        if (happened)
        {
            Interlocked.Increment(ref counter);
        }
    }
}
