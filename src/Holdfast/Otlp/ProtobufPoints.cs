using System.Buffers.Binary;

namespace Holdfast.Otlp;

/// <summary>Reads one data point in Protocol Buffers. Exemplars and whatever is not known are passed over.</summary>
internal static class ProtobufPoints
{
    private const uint StartTime = (2 << 3) | ProtobufReader.Fixed64;
    private const uint Time = (3 << 3) | ProtobufReader.Fixed64;
    private const uint Count = (4 << 3) | ProtobufReader.Fixed64;
    private const uint Sum = (5 << 3) | ProtobufReader.Fixed64;

    /// <exception cref="OtlpFormatException">The bytes are not a data point.</exception>
    public static void Read(ReadOnlySpan<byte> message, MetricShape shape, OtlpPoint point)
    {
        switch (shape)
        {
            case MetricShape.Histogram:
                ReadHistogram(message, point);
                break;
            case MetricShape.ExponentialHistogram:
                ReadExponentialHistogram(message, point);
                break;
            case MetricShape.Summary:
                ReadSummary(message, point);
                break;
            default:
                ReadNumber(message, point);
                break;
        }
    }

    private static void ReadNumber(ReadOnlySpan<byte> message, OtlpPoint point)
    {
        const uint AsDouble = (4 << 3) | ProtobufReader.Fixed64;
        const uint AsInt = (6 << 3) | ProtobufReader.Fixed64;
        const uint Attribute = (7 << 3) | ProtobufReader.Bytes;
        const uint Flags = (8 << 3) | ProtobufReader.Varint;
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case AsDouble:
                    point.Value = reader.ReadDouble();
                    break;
                case AsInt:
                    point.Value = (long)reader.ReadFixed64();
                    break;
                case Attribute:
                    ProtobufAttributes.Keep(point.Attributes, reader.ReadBytes());
                    break;
                case Flags:
                    point.Flags = (uint)reader.ReadVarint();
                    break;
                default:
                    ReadTimes(ref reader, tag, point);
                    break;
            }
        }
    }

    private static void ReadHistogram(ReadOnlySpan<byte> message, OtlpPoint point)
    {
        const uint BucketCount = (6 << 3) | ProtobufReader.Fixed64;
        const uint BucketCounts = (6 << 3) | ProtobufReader.Bytes;
        const uint Bound = (7 << 3) | ProtobufReader.Fixed64;
        const uint Bounds = (7 << 3) | ProtobufReader.Bytes;
        const uint Attribute = (9 << 3) | ProtobufReader.Bytes;
        const uint Flags = (10 << 3) | ProtobufReader.Varint;
        const uint Min = (11 << 3) | ProtobufReader.Fixed64;
        const uint Max = (12 << 3) | ProtobufReader.Fixed64;
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case BucketCount:
                    point.Add(point.BucketCounts, reader.ReadFixed64());
                    break;
                case BucketCounts:
                    ReadPacked(reader.ReadBytes(), point, point.BucketCounts, BinaryPrimitives.ReadUInt64LittleEndian);
                    break;
                case Bound:
                    point.Add(point.Bounds, reader.ReadDouble());
                    break;
                case Bounds:
                    ReadPacked(reader.ReadBytes(), point, point.Bounds, BinaryPrimitives.ReadDoubleLittleEndian);
                    break;
                case Attribute:
                    ProtobufAttributes.Keep(point.Attributes, reader.ReadBytes());
                    break;
                case Flags:
                    point.Flags = (uint)reader.ReadVarint();
                    break;
                case Min:
                    point.Min = reader.ReadDouble();
                    break;
                case Max:
                    point.Max = reader.ReadDouble();
                    break;
                default:
                    ReadCountAndSum(ref reader, tag, point);
                    break;
            }
        }
    }

    private static void ReadExponentialHistogram(ReadOnlySpan<byte> message, OtlpPoint point)
    {
        const uint Attribute = (1 << 3) | ProtobufReader.Bytes;
        const uint Scale = (6 << 3) | ProtobufReader.Varint;
        const uint ZeroCount = (7 << 3) | ProtobufReader.Fixed64;
        const uint Positive = (8 << 3) | ProtobufReader.Bytes;
        const uint Negative = (9 << 3) | ProtobufReader.Bytes;
        const uint Flags = (10 << 3) | ProtobufReader.Varint;
        const uint Min = (12 << 3) | ProtobufReader.Fixed64;
        const uint Max = (13 << 3) | ProtobufReader.Fixed64;
        const uint ZeroThreshold = (14 << 3) | ProtobufReader.Fixed64;
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case Attribute:
                    ProtobufAttributes.Keep(point.Attributes, reader.ReadBytes());
                    break;
                case Scale:
                    point.Scale = reader.ReadZigZag();
                    break;
                case ZeroCount:
                    point.ZeroCount = reader.ReadFixed64();
                    break;
                case Positive:
                    ReadBuckets(reader.ReadBytes(), point, point.Positive);
                    break;
                case Negative:
                    ReadBuckets(reader.ReadBytes(), point, point.Negative);
                    break;
                case Flags:
                    point.Flags = (uint)reader.ReadVarint();
                    break;
                case Min:
                    point.Min = reader.ReadDouble();
                    break;
                case Max:
                    point.Max = reader.ReadDouble();
                    break;
                case ZeroThreshold:
                    point.ZeroThreshold = reader.ReadDouble();
                    break;
                default:
                    ReadCountAndSum(ref reader, tag, point);
                    break;
            }
        }
    }

    private static void ReadBuckets(ReadOnlySpan<byte> message, OtlpPoint point, ExponentialBuckets buckets)
    {
        const uint Offset = (1 << 3) | ProtobufReader.Varint;
        const uint BucketCount = (2 << 3) | ProtobufReader.Varint;
        const uint BucketCounts = (2 << 3) | ProtobufReader.Bytes;
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case Offset:
                    buckets.Offset = reader.ReadZigZag();
                    break;
                case BucketCount:
                    point.Add(buckets.Counts, reader.ReadVarint());
                    break;
                case BucketCounts:
                    ReadPackedVarints(reader.ReadBytes(), point, buckets.Counts);
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }
    }

    private static void ReadSummary(ReadOnlySpan<byte> message, OtlpPoint point)
    {
        const uint QuantileValue = (6 << 3) | ProtobufReader.Bytes;
        const uint Attribute = (7 << 3) | ProtobufReader.Bytes;
        const uint Flags = (8 << 3) | ProtobufReader.Varint;
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case QuantileValue:
                    point.Add(point.Quantiles, ReadQuantile(reader.ReadBytes()));
                    break;
                case Attribute:
                    ProtobufAttributes.Keep(point.Attributes, reader.ReadBytes());
                    break;
                case Flags:
                    point.Flags = (uint)reader.ReadVarint();
                    break;
                default:
                    ReadCountAndSum(ref reader, tag, point);
                    break;
            }
        }
    }

    private static (double Quantile, double Value) ReadQuantile(ReadOnlySpan<byte> message)
    {
        const uint Quantile = (1 << 3) | ProtobufReader.Fixed64;
        const uint Value = (2 << 3) | ProtobufReader.Fixed64;
        var read = (Quantile: 0.0, Value: 0.0);
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case Quantile:
                    read.Quantile = reader.ReadDouble();
                    break;
                case Value:
                    read.Value = reader.ReadDouble();
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        return read;
    }

    private static void ReadCountAndSum(ref ProtobufReader reader, uint tag, OtlpPoint point)
    {
        switch (tag)
        {
            case Count:
                point.Count = reader.ReadFixed64();
                break;
            case Sum:
                point.Sum = reader.ReadDouble();
                break;
            default:
                ReadTimes(ref reader, tag, point);
                break;
        }
    }

    private static void ReadTimes(ref ProtobufReader reader, uint tag, OtlpPoint point)
    {
        switch (tag)
        {
            case StartTime:
                point.StartNanoseconds = reader.ReadFixed64();
                break;
            case Time:
                point.TimeNanoseconds = reader.ReadFixed64();
                break;
            default:
                reader.Skip(tag);
                break;
        }
    }

    private delegate T ReadEightBytes<T>(ReadOnlySpan<byte> bytes);

    private static void ReadPacked<T>(ReadOnlySpan<byte> packed, OtlpPoint point, List<T> list, ReadEightBytes<T> read)
    {
        if (packed.Length % sizeof(ulong) != 0)
        {
            throw new OtlpFormatException($"A list of numbers of 8 bytes cannot be {packed.Length} bytes long.");
        }

        for (; !packed.IsEmpty && !point.TooManyBuckets; packed = packed[sizeof(ulong)..])
        {
            point.Add(list, read(packed));
        }
    }

    private static void ReadPackedVarints(ReadOnlySpan<byte> packed, OtlpPoint point, List<ulong> list)
    {
        var reader = new ProtobufReader(packed);
        while (!reader.AtEnd && !point.TooManyBuckets)
        {
            point.Add(list, reader.ReadVarint());
        }
    }
}
