using System.Buffers.Binary;
using Holdfast.Otlp;

namespace Holdfast.Benchmarks.Otlp;

/// <summary>
/// Sets the times of the data points in a body that an exporter wrote: exports that were taken down within a second are sent as if they were
/// made at the interval of a real service. The store lays samples out by time, so with all of them at one time it would be another load.
/// </summary>
internal static class ExportClock
{
    // resource_metrics, scope_metrics, metrics, any kind of data, data_points.
    private static readonly uint[][] Path = [[1], [2], [2], [5, 7, 9, 10, 11], [1]];

    private const uint StartTime = (2 << 3) | ProtobufReader.Fixed64;
    private const uint Time = (3 << 3) | ProtobufReader.Fixed64;

    public static void Set(Span<byte> body, DateTimeOffset start, DateTimeOffset time) => Walk(body, 0, Nanoseconds(start), Nanoseconds(time));

    private static void Walk(Span<byte> message, int level, ulong start, ulong time)
    {
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            if (level == Path.Length)
            {
                SetPoint(message, ref reader, tag, start, time);
            }
            else if ((tag & 7) == ProtobufReader.Bytes && Path[level].Contains(tag >> 3))
            {
                var length = reader.ReadBytes().Length;
                Walk(message.Slice(reader.Position - length, length), level + 1, start, time);
            }
            else
            {
                reader.Skip(tag);
            }
        }
    }

    private static void SetPoint(Span<byte> message, ref ProtobufReader reader, uint tag, ulong start, ulong time)
    {
        reader.Skip(tag);
        if (tag is StartTime or Time)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(message[(reader.Position - sizeof(ulong))..], tag == Time ? time : start);
        }
    }

    private static ulong Nanoseconds(DateTimeOffset instant) => (ulong)(instant - DateTimeOffset.UnixEpoch).Ticks * 100;
}
