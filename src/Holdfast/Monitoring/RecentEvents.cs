using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>The newest events in memory, for a first paint that waits for nothing. Bounded by events and bytes.</summary>
internal sealed class RecentEvents
{
    /// <summary>Events a first paint shows.</summary>
    public const int EventsMax = 20;

    /// <summary>
    /// Bytes of batches that are kept: the newest one always, which is 1 MiB at the most or a single event, and older ones while they fit.
    /// </summary>
    public const int KeptBytesMax = 1 << 20;

    /// <summary>Bytes of events in a first paint, beyond which it shows fewer: it stands in the page itself, which is to fit into the first packets.</summary>
    public const int PaintBytesMax = 64 << 10;

    private readonly Lock _gate = new();

    // The newest at the end, by when they were received: what other nodes recorded comes late.
    private readonly List<PublishedEvents> _batches = [];
    private int _count;
    private long _bytes;

    /// <summary>Bytes of the batches that are kept.</summary>
    public long SizeBytes
    {
        get { lock (_gate) return _bytes; }
    }

    public void Add(PublishedEvents events)
    {
        lock (_gate)
        {
            _batches.Insert(_batches.FindLastIndex(other => other.ReceivedAt <= events.ReceivedAt) + 1, events);
            _count += events.Count;
            _bytes += events.SizeBytes;
            while (_batches.Count > 1 && (_bytes > KeptBytesMax || _count - _batches[0].Count >= EventsMax))
            {
                var oldest = _batches[0];
                _batches.RemoveAt(0);
                _count -= oldest.Count;
                _bytes -= oldest.SizeBytes;
            }
        }
    }

    /// <summary>The newest events, the newest first: as many as a first paint shows, fewer when they are large, and one in any case.</summary>
    public IReadOnlyList<StoredEvent> Newest()
    {
        PublishedEvents[] batches;
        lock (_gate)
        {
            batches = [.. _batches];
        }

        var newest = new List<StoredEvent>(EventsMax);
        var bytes = 0L;
        for (var at = batches.Length - 1; at >= 0 && newest.Count < EventsMax; at--)
        {
            foreach (var stored in batches[at].Last(EventsMax - newest.Count).Reverse())
            {
                bytes += LoggedEvents.SizeBytesOf(stored);
                if (newest.Count > 0 && bytes > PaintBytesMax)
                {
                    return newest;
                }

                newest.Add(stored);
            }
        }

        return newest;
    }
}
