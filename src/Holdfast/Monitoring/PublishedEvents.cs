using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>A batch of events on its way to the watchers. Frames are made when the first watcher takes them, and once for all.</summary>
internal sealed class PublishedEvents
{
    /// <summary>Events in one frame: small enough that a page stays responsive, large enough that framing costs nothing.</summary>
    public const int EventsPerFrame = 200;

    private readonly ReadOnlyMemory<byte> _payload;
    private readonly Lazy<IReadOnlyList<EventFrame>> _frames;

    public PublishedEvents(Guid epoch, long firstSequence, int count, DateTimeOffset receivedAt, ReadOnlyMemory<byte> payload)
    {
        Epoch = epoch;
        FirstSequence = firstSequence;
        Count = count;
        ReceivedAt = receivedAt;
        _payload = payload;
        _frames = new Lazy<IReadOnlyList<EventFrame>>(Encode);
    }

    public Guid Epoch { get; }
    public long FirstSequence { get; }
    public int Count { get; }
    public DateTimeOffset ReceivedAt { get; }
    public long LastSequence => FirstSequence + Count - 1;
    public int SizeBytes => _payload.Length;
    public IReadOnlyList<EventFrame> Frames => _frames.Value;

    /// <summary>The events as the store would give them back.</summary>
    public IEnumerable<StoredEvent> ToStored()
    {
        var sequence = FirstSequence;
        foreach (var row in EventCodec.Read(_payload))
        {
            yield return EventJson.ToStored(row, Epoch, sequence++, ReceivedAt);
        }
    }

    /// <summary>The last rows, in order: those before them are stepped over, not decoded.</summary>
    public IEnumerable<(EventRow Row, long SequenceId)> Last(int count)
    {
        var skipped = Math.Max(0, Count - count);
        return EventCodec.Read(_payload).Skip(skipped).Select((row, i) => (row, FirstSequence + skipped + i));
    }

    private List<EventFrame> Encode()
    {
        var frames = new List<EventFrame>();
        var first = FirstSequence;
        foreach (var rows in EventCodec.Read(_payload).Chunk(EventsPerFrame))
        {
            frames.Add(new EventFrame(first, rows.Length, LiveFrames.Events(Epoch, first, ReceivedAt, rows)));
            first += rows.Length;
        }

        return frames;
    }
}

/// <summary>An encoded frame of events with the sequence numbers it carries.</summary>
internal sealed record EventFrame(long FirstSequence, int Count, byte[] Bytes)
{
    public long LastSequence => FirstSequence + Count - 1;
}
