using Holdfast.Monitoring;
using Holdfast.Realtime.Changes;

namespace Holdfast.Realtime;

/// <summary>
/// Delivery over the Supabase Realtime protocol, in two forms: the live frames in broadcasts of one topic, whose watchers have outboxes as
/// those of <c>/live</c> have, and events as changes of rows.
/// </summary>
internal sealed class RealtimeAdapter(RowChanges changes) : OutboxAdapter
{
    private int _connections;
    private long _droppedMessages;

    public override string Name => "realtime";

    /// <summary>Connections that are open, whatever they listen to.</summary>
    public override int ConnectionCount => Volatile.Read(ref _connections);

    public override AdapterMetrics Metrics => base.Metrics with { Dropped = base.Metrics.Dropped + Interlocked.Read(ref _droppedMessages) };

    public override BroadcastOutcome Broadcast(LiveUpdate update)
    {
        changes.Offer(update);
        return base.Broadcast(update) == BroadcastOutcome.Unwatched && !changes.Wants(MonitoringTables.Events) ? BroadcastOutcome.Unwatched : BroadcastOutcome.Acknowledged;
    }

    public void NoteConnected() => Interlocked.Increment(ref _connections);

    public void NoteLeft() => Interlocked.Decrement(ref _connections);

    /// <summary>Messages were dropped because a connection was too slow.</summary>
    public void NoteDropped(long messages) => Interlocked.Add(ref _droppedMessages, messages);
}
