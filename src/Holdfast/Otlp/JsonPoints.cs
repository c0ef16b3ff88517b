using System.Text.Json;
using static Holdfast.Otlp.JsonFields;

namespace Holdfast.Otlp;

/// <summary>Reads one data point in JSON. The names of the members do not depend on the shape; exemplars and whatever is not known are passed over.</summary>
internal static class JsonPoints
{
    /// <exception cref="OtlpFormatException">The value is not a data point.</exception>
    public static void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, OtlpPoint point)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextMember(ref reader))
        {
            if (!TryReadCommon(ref reader, body, point) && !TryReadDistribution(ref reader, point) && !TryReadBuckets(ref reader, point))
            {
                reader.Skip();
            }
        }
    }

    private static bool TryReadCommon(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, OtlpPoint point)
    {
        if (TryMember(ref reader, "attributes"u8, JsonTokenType.StartArray))
        {
            point.Attributes.Truncate(0);
            point.Attributes.Append(ReadRaw(ref reader, body));
        }
        else if (TryMember(ref reader, "startTimeUnixNano"u8))
        {
            point.StartNanoseconds = ReadUInt64(ref reader);
        }
        else if (TryMember(ref reader, "timeUnixNano"u8))
        {
            point.TimeNanoseconds = ReadUInt64(ref reader);
        }
        else if (TryMember(ref reader, "asDouble"u8))
        {
            point.Value = ReadDouble(ref reader);
        }
        else if (TryMember(ref reader, "asInt"u8))
        {
            point.Value = ReadInt64(ref reader);
        }
        else if (TryMember(ref reader, "flags"u8))
        {
            point.Flags = (uint)ReadUInt64(ref reader);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool TryReadDistribution(ref Utf8JsonReader reader, OtlpPoint point)
    {
        if (TryMember(ref reader, "count"u8))
        {
            point.Count = ReadUInt64(ref reader);
        }
        else if (TryMember(ref reader, "sum"u8))
        {
            point.Sum = ReadDouble(ref reader);
        }
        else if (TryMember(ref reader, "min"u8))
        {
            point.Min = ReadDouble(ref reader);
        }
        else if (TryMember(ref reader, "max"u8))
        {
            point.Max = ReadDouble(ref reader);
        }
        else if (TryMember(ref reader, "scale"u8))
        {
            point.Scale = ReadInt32(ref reader);
        }
        else if (TryMember(ref reader, "zeroCount"u8))
        {
            point.ZeroCount = ReadUInt64(ref reader);
        }
        else if (TryMember(ref reader, "zeroThreshold"u8))
        {
            point.ZeroThreshold = ReadDouble(ref reader);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool TryReadBuckets(ref Utf8JsonReader reader, OtlpPoint point)
    {
        if (TryMember(ref reader, "bucketCounts"u8, JsonTokenType.StartArray))
        {
            ReadCounts(ref reader, point, point.BucketCounts);
        }
        else if (TryMember(ref reader, "explicitBounds"u8, JsonTokenType.StartArray))
        {
            while (NextElement(ref reader))
            {
                point.Add(point.Bounds, ReadDouble(ref reader));
            }
        }
        else if (TryMember(ref reader, "positive"u8, JsonTokenType.StartObject))
        {
            ReadExponential(ref reader, point, point.Positive);
        }
        else if (TryMember(ref reader, "negative"u8, JsonTokenType.StartObject))
        {
            ReadExponential(ref reader, point, point.Negative);
        }
        else if (TryMember(ref reader, "quantileValues"u8, JsonTokenType.StartArray))
        {
            while (NextElement(ref reader))
            {
                point.Add(point.Quantiles, ReadQuantile(ref reader));
            }
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void ReadExponential(ref Utf8JsonReader reader, OtlpPoint point, ExponentialBuckets buckets)
    {
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "offset"u8))
            {
                buckets.Offset = ReadInt32(ref reader);
            }
            else if (TryMember(ref reader, "bucketCounts"u8, JsonTokenType.StartArray))
            {
                ReadCounts(ref reader, point, buckets.Counts);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadCounts(ref Utf8JsonReader reader, OtlpPoint point, List<ulong> counts)
    {
        while (NextElement(ref reader))
        {
            point.Add(counts, ReadUInt64(ref reader));
        }
    }

    private static (double Quantile, double Value) ReadQuantile(ref Utf8JsonReader reader)
    {
        var read = (Quantile: 0.0, Value: 0.0);
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "quantile"u8))
            {
                read.Quantile = ReadDouble(ref reader);
            }
            else if (TryMember(ref reader, "value"u8))
            {
                read.Value = ReadDouble(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return read;
    }
}
