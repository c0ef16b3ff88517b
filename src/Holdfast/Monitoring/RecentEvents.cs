using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>The newest events in memory, for a first paint that waits for nothing. Bounded by events and bytes.</summary>
internal sealed class RecentEvents
{
    /// <summary>Events a first paint shows.</summary>
    public const int EventsMax = 20;

    private readonly Lock _gate = new();
    private readonly Queue<PublishedEvents> _batches = new();
    private int _count;

    public void Add(PublishedEvents events)
    {
        lock (_gate)
        {
            _batches.Enqueue(events);
            _count += events.Count;
            while (_batches.Count > 1 && _count - _batches.Peek().Count >= EventsMax)
            {
                _count -= _batches.Dequeue().Count;
            }
        }
    }

    /// <summary>The newest events, the newest first.</summary>
    public IReadOnlyList<StoredEvent> Newest()
    {
        PublishedEvents[] batches;
        lock (_gate)
        {
            batches = [.. _batches];
        }

        return batches.Reverse().SelectMany(b => b.ToStored().Reverse()).Take(EventsMax).ToArray();
    }
}
