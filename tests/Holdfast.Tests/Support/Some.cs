using System.Buffers;
using System.Text;
using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage;

namespace Holdfast.Tests.Support;

/// <summary>Things for tests that do not care which.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Instant = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public static EventRow Row(int number = 1, string type = "order.placed", int padding = 0) => new()
    {
        Id = new Guid(number, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1),
        ClientId = false,
        TimestampMicroseconds = UnixMicroseconds.From(Instant),
        Category = EventCategory.System,
        EventType = Encoding.UTF8.GetBytes(type),
        Source = "test"u8.ToArray(),
        Data = Encoding.UTF8.GetBytes(padding == 0 ? $$"""{"n":{{number}}}""" : $$"""{"n":{{number}},"pad":"{{new string('x', padding)}}"}"""),
        Metadata = "{}"u8.ToArray(),
    };

    public static byte[] EventPayload(int firstNumber, int count, int padding = 0)
    {
        var buffer = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
        {
            EventCodec.Write(buffer, Row(firstNumber + i, padding: padding));
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static SpoolEntry EventEntry(int firstNumber, int count) => new(SpoolKind.Event, EventCodec.Version, count, EventPayload(firstNumber, count));

    public static PublishedEvents Published(int first, int count, Guid epoch = default, int padding = 0) =>
        new RecordedEvents(epoch, first, count, Instant, EventPayload(first, count, padding));

    /// <summary>Events on their way to watchers, told after nothing else.</summary>
    public static EventsUpdate Told(int first, int count, Guid epoch = default, int padding = 0) =>
        new(Published(first, count, epoch, padding), LivePositions.Of(epoch, first + count - 1));
}
