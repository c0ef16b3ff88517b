using System.Text;
using Holdfast.Pipeline;

namespace Holdfast.Monitoring;

/// <summary>Events of one epoch, one after the other, on their way to the watchers.</summary>
internal abstract class PublishedEvents(Guid epoch, long firstSequence, int count, DateTimeOffset receivedAt)
{
    /// <summary>Events in one frame: small enough that a page stays responsive, large enough that framing costs nothing.</summary>
    public const int EventsPerFrame = 200;

    public Guid Epoch => epoch;
    public long FirstSequence => firstSequence;
    public int Count => count;
    public long LastSequence => firstSequence + count - 1;

    /// <summary>When the last of them was received by the node of the epoch.</summary>
    public DateTimeOffset ReceivedAt => receivedAt;

    /// <summary>Bytes of the events themselves.</summary>
    public abstract long SizeBytes { get; }

    /// <summary>About what they take up while they wait for somebody, with the frames that were made of them.</summary>
    public abstract long HeldBytes { get; }

    /// <summary>The events as the store would give them back.</summary>
    public IEnumerable<StoredEvent> ToStored() => Last(count);

    /// <summary>The last of them, in order: those before are stepped over, not decoded.</summary>
    public abstract IEnumerable<StoredEvent> Last(int wanted);

    /// <param name="at">Where the stream stands behind them, for the cursors.</param>
    public abstract IReadOnlyList<EventFrame> Encode(LivePositions at);

    /// <summary>The frame of some of them that follow each other.</summary>
    protected EventFrame Frame(long first, int events, LivePositions at, Func<string, byte[]> encode) =>
        new(first, events, encode(LiveCursor.Encode(at.With(epoch, first + events - 1))));
}

/// <summary>A batch that was recorded here: the bytes that the spool has, which become frames without becoming objects.</summary>
internal sealed class RecordedEvents(Guid epoch, long firstSequence, int count, DateTimeOffset receivedAt, ReadOnlyMemory<byte> payload)
    : PublishedEvents(epoch, firstSequence, count, receivedAt)
{
    public override long SizeBytes => payload.Length;

    // A frame has what the bytes have, and the names of ten members with an id, three instants and an epoch in letters.
    public override long HeldBytes => (2 * SizeBytes) + (300L * Count);

    /// <summary>The rows as they were recorded: slices of the batch.</summary>
    public IEnumerable<(EventRow Row, long SequenceId)> Rows() => EventCodec.Read(payload).Select((row, at) => (row, FirstSequence + at));

    public override IEnumerable<StoredEvent> Last(int wanted)
    {
        var skipped = Math.Max(0, Count - wanted);
        return EventCodec.Read(payload).Skip(skipped).Select((row, at) => EventJson.ToStored(row, Epoch, FirstSequence + skipped + at, ReceivedAt));
    }

    public override IReadOnlyList<EventFrame> Encode(LivePositions at)
    {
        var frames = new List<EventFrame>();
        var first = FirstSequence;
        foreach (var rows in EventCodec.Read(payload).Chunk(EventsPerFrame))
        {
            frames.Add(Frame(first, rows.Length, at, cursor => LiveFrames.Events(cursor, Epoch, first, ReceivedAt, rows)));
            first += rows.Length;
        }

        return frames;
    }
}

/// <summary>Events that were read from the log.</summary>
internal sealed class LoggedEvents(IReadOnlyList<StoredEvent> events) : PublishedEvents(events[0].Epoch, events[0].SequenceId, events.Count, events[^1].ReceivedAt)
{
    public override long SizeBytes { get; } = events.Sum(SizeBytesOf);

    // Texts have two bytes a character, and an event is an object.
    public override long HeldBytes => (3 * SizeBytes) + (600L * Count);

    public static long SizeBytesOf(StoredEvent stored) => Encoding.UTF8.GetByteCount(stored.DataJson) + Encoding.UTF8.GetByteCount(stored.MetadataJson);

    public override IEnumerable<StoredEvent> Last(int wanted) => events.Skip(Math.Max(0, events.Count - wanted));

    public override IReadOnlyList<EventFrame> Encode(LivePositions at) =>
        [.. events.Chunk(EventsPerFrame).Select(some => Frame(some[0].SequenceId, some.Length, at, cursor => LiveFrames.Events(cursor, some)))];
}

/// <summary>An encoded frame of events with the sequence numbers it carries.</summary>
internal sealed record EventFrame(long FirstSequence, int Count, byte[] Bytes)
{
    public long LastSequence => FirstSequence + Count - 1;
}
