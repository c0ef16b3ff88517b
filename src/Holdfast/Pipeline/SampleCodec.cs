using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Pipeline;

/// <summary>
/// The payload of a sample batch, version 1: a dictionary of its series, then rows.
/// <c>LEB128 count of series | each: kind u8, name, labels JSON, unit (LEB128 length + UTF-8) | rows: LEB128 index into the dictionary, timestamp i64 ms since 1970, value f64</c>.
/// The dictionary makes a batch complete in itself: a store that never saw a series learns it from any batch.
/// </summary>
internal static class SampleCodec
{
    public const byte Version = 1;

    /// <summary>Encodes the samples; there must be at least one.</summary>
    public static byte[] Encode(IReadOnlyList<Sample> samples)
    {
        var dictionary = new Dictionary<SeriesDefinition, uint>();
        foreach (var sample in samples)
        {
            dictionary.TryAdd(sample.Series, (uint)dictionary.Count);
        }

        var writer = new ArrayBufferWriter<byte>(256 + (samples.Count * 20));
        WriteVarint(writer, (uint)dictionary.Count);
        foreach (var series in dictionary.Keys)
        {
            writer.GetSpan(1)[0] = (byte)series.Kind;
            writer.Advance(1);
            WriteText(writer, series.Name);
            WriteText(writer, series.LabelsJson);
            WriteText(writer, series.Unit);
        }

        foreach (var sample in samples)
        {
            var span = writer.GetSpan(5 + 16);
            var at = Varint.Write(span, dictionary[sample.Series]);
            BinaryPrimitives.WriteInt64LittleEndian(span[at..], sample.TimestampMilliseconds);
            BinaryPrimitives.WriteDoubleLittleEndian(span[(at + 8)..], sample.Value);
            writer.Advance(at + 16);
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the samples of a batch in order.</summary>
    /// <exception cref="InvalidDataException">The payload is not what its version says.</exception>
    public static IEnumerable<Sample> Read(ReadOnlyMemory<byte> payload)
    {
        var at = 0;
        var series = ReadDictionary(payload, ref at);
        while (at < payload.Length)
        {
            var (index, timestamp, value) = ReadRow(payload, series.Length, ref at);
            yield return new Sample(series[index], timestamp, value);
        }
    }

    /// <summary>Reads the series of a batch and moves the offset to its first row.</summary>
    /// <exception cref="InvalidDataException">The payload is not what its version says.</exception>
    public static SeriesDefinition[] ReadDictionary(ReadOnlyMemory<byte> payload, ref int at)
    {
        var count = Varint.Read(payload.Span, ref at);
        if (count > (uint)payload.Length)
        {
            throw new InvalidDataException($"A dictionary of {count} series does not fit into {payload.Length} bytes.");
        }

        var series = new SeriesDefinition[count];
        for (var i = 0; i < series.Length; i++)
        {
            if (at >= payload.Length)
            {
                throw new InvalidDataException($"The dictionary of series is cut off at byte {at}.");
            }

            var kind = (SeriesKind)payload.Span[at++];
            var name = ReadText(payload, ref at);
            var labels = ReadText(payload, ref at);
            var unit = ReadText(payload, ref at);
            series[i] = SeriesDefinition.Create(name, labels, unit, kind);
        }

        return series;
    }

    /// <summary>Reads the row at an offset, its series as an index into the dictionary, and moves the offset behind it.</summary>
    /// <exception cref="InvalidDataException">There is no whole row at the offset, which is then undefined.</exception>
    public static (int SeriesIndex, long TimestampMilliseconds, double Value) ReadRow(ReadOnlyMemory<byte> payload, int seriesCount, ref int at)
    {
        var span = payload.Span;
        var index = Varint.Read(span, ref at);
        if (index >= (uint)seriesCount || span.Length - at < 16)
        {
            throw new InvalidDataException($"A sample is cut off or names an unknown series at byte {at}.");
        }

        var timestamp = BinaryPrimitives.ReadInt64LittleEndian(span[at..]);
        var value = BinaryPrimitives.ReadDoubleLittleEndian(span[(at + 8)..]);
        at += 16;
        return ((int)index, timestamp, value);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> writer, uint value) => writer.Advance(Varint.Write(writer.GetSpan(5), value));

    private static void WriteText(ArrayBufferWriter<byte> writer, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteVarint(writer, (uint)length);
        Encoding.UTF8.GetBytes(text, writer.GetSpan(length));
        writer.Advance(length);
    }

    private static string ReadText(ReadOnlyMemory<byte> payload, ref int at) => Encoding.UTF8.GetString(Varint.ReadBytes(payload, ref at).Span);
}
