using System.Collections.Immutable;

namespace Holdfast.Monitoring;

/// <summary>An adapter whose watchers have an <see cref="Outbox"/> each, and none waits for another.</summary>
internal abstract class OutboxAdapter : IMonitoringAdapter
{
    // Replaced as a whole, so that a broadcast walks a list that stands still.
    private ImmutableArray<Outbox> _outboxes = [];
    private long _delivered;
    private long _droppedBefore;
    private long _closed;

    public abstract string Name { get; }

    public virtual int ConnectionCount => _outboxes.Length;

    public virtual AdapterMetrics Metrics
    {
        get
        {
            var outboxes = _outboxes;
            var waiting = outboxes.Select(outbox => outbox.Waiting).ToArray();
            return new AdapterMetrics(
                Interlocked.Read(ref _delivered), Interlocked.Read(ref _droppedBefore) + outboxes.Sum(outbox => outbox.Dropped), Interlocked.Read(ref _closed))
            {
                WaitingBytes = waiting.Sum(one => one.Bytes),
                Slow = waiting.LongCount(one => one.IsSlow),
            };
        }
    }

    public ValueTask ConnectAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisconnectAsync(CancellationToken cancellationToken)
    {
        Broadcast(new ControlUpdate(LiveFrames.Bye("shutdown", TimeSpan.FromSeconds(1))));
        return ValueTask.CompletedTask;
    }

    public virtual BroadcastOutcome Broadcast(LiveUpdate update)
    {
        var outboxes = _outboxes;
        OutboxWaking? waking = null;
        foreach (var outbox in outboxes)
        {
            if (outbox.OfferQuietly(update))
            {
                waking = OutboxWaking.Add(waking, outbox);
            }
        }

        waking?.Start();
        return outboxes.IsEmpty ? BroadcastOutcome.Unwatched : BroadcastOutcome.Acknowledged;
    }

    public void Add(Outbox outbox) => ImmutableInterlocked.Update(ref _outboxes, static (all, one) => all.Add(one), outbox);

    public void Remove(Outbox outbox)
    {
        ImmutableInterlocked.Update(ref _outboxes, static (all, one) => all.Remove(one), outbox);
        Interlocked.Add(ref _droppedBefore, outbox.Dropped);
    }

    public void NoteDelivered(int frames) => Interlocked.Add(ref _delivered, frames);

    public void NoteClosed() => Interlocked.Increment(ref _closed);
}
