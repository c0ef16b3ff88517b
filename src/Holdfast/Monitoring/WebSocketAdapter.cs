using System.Collections.Immutable;

namespace Holdfast.Monitoring;

/// <summary>Delivery over our own WebSocket: every connection has an <see cref="Outbox"/>, and none waits for another.</summary>
internal sealed class WebSocketAdapter : IMonitoringAdapter
{
    // Replaced as a whole, so that a broadcast walks a list that stands still.
    private ImmutableArray<Outbox> _outboxes = [];
    private long _delivered;
    private long _droppedBefore;
    private long _closed;

    public string Name => "websocket";

    public int ConnectionCount => _outboxes.Length;

    public AdapterMetrics Metrics => new(
        Interlocked.Read(ref _delivered), Interlocked.Read(ref _droppedBefore) + _outboxes.Sum(o => o.Dropped), Interlocked.Read(ref _closed));

    public ValueTask ConnectAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisconnectAsync(CancellationToken cancellationToken)
    {
        Broadcast(new ControlUpdate(LiveFrames.Bye("shutdown", TimeSpan.FromSeconds(1))));
        return ValueTask.CompletedTask;
    }

    public void Broadcast(LiveUpdate update)
    {
        foreach (var outbox in _outboxes)
        {
            outbox.Offer(update);
        }
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
