using System.Buffers;
using System.Text;
using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Storage.Tests.Support;

/// <summary>Makes the batches that a spool would hand out. Everything has a default, so that a test names only what it is about.</summary>
internal static class Batches
{
    /// <summary>A whole minute and a whole hour, so that tests can count from it.</summary>
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static EventRow Event(
        string type = "order.placed", Guid? id = null, DateTimeOffset? at = null, string source = "shop", string data = "{}",
        string metadata = "{}", EventCategory category = EventCategory.System) => new()
        {
            Id = id ?? Guid.NewGuid(),
            ClientId = id is not null,
            TimestampMicroseconds = UnixMicroseconds.From(at ?? Noon),
            Category = category,
            EventType = Encoding.UTF8.GetBytes(type),
            Source = Encoding.UTF8.GetBytes(source),
            Data = Encoding.UTF8.GetBytes(data),
            Metadata = Encoding.UTF8.GetBytes(metadata),
        };

    public static SpooledBatch OfEvents(long batchSeq, long firstSequence, params IReadOnlyList<EventRow> rows) =>
        OfEvents(batchSeq, firstSequence, Noon, rows);

    public static SpooledBatch OfEvents(long batchSeq, long firstSequence, DateTimeOffset receivedAt, params IReadOnlyList<EventRow> rows) =>
        new(batchSeq, SpoolKind.Event, EventCodec.Version, rows.Count, firstSequence, receivedAt, Encode(rows));

    public static SpooledBatch OfSamples(long batchSeq, params IReadOnlyList<Sample> samples) =>
        new(batchSeq, SpoolKind.Sample, SampleCodec.Version, samples.Count, FirstSequence: 0, Noon, SampleCodec.Encode(samples));

    public static byte[] Encode(IReadOnlyList<EventRow> rows)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        foreach (var row in rows)
        {
            EventCodec.Write(buffer, row);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static SeriesDefinition Series(string name = "cpu", string labels = "{}", SeriesKind kind = SeriesKind.Gauge) =>
        SeriesDefinition.Create(name, labels, unit: "1", kind);

    /// <summary>A sample some seconds after <see cref="Noon"/>.</summary>
    public static Sample Sample(SeriesDefinition series, double seconds, double value) =>
        new(series, Noon.AddSeconds(seconds).ToUnixTimeMilliseconds(), value);
}
