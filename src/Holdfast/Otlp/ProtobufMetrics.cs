using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>
/// Walks an ExportMetricsServiceRequest in Protocol Buffers. A message may carry its fields in any order (the temporality of a sum stands
/// behind its points), so what points need to know is looked up in a first pass that only jumps from field to field.
/// </summary>
internal sealed class ProtobufMetrics(PointMapping mapping, OtlpPoint point)
{
    private const uint ResourceMetrics = (1 << 3) | ProtobufReader.Bytes;
    private const uint Resource = (1 << 3) | ProtobufReader.Bytes;
    private const uint ScopeMetrics = (2 << 3) | ProtobufReader.Bytes;
    private const uint ResourceAttribute = (1 << 3) | ProtobufReader.Bytes;
    private const uint Scope = (1 << 3) | ProtobufReader.Bytes;
    private const uint Metric = (2 << 3) | ProtobufReader.Bytes;
    private const uint ScopeName = (1 << 3) | ProtobufReader.Bytes;
    private const uint MetricName = (1 << 3) | ProtobufReader.Bytes;
    private const uint MetricUnit = (3 << 3) | ProtobufReader.Bytes;
    private const uint Gauge = ((uint)MetricShape.Gauge << 3) | ProtobufReader.Bytes;
    private const uint Sum = ((uint)MetricShape.Sum << 3) | ProtobufReader.Bytes;
    private const uint Histogram = ((uint)MetricShape.Histogram << 3) | ProtobufReader.Bytes;
    private const uint ExponentialHistogram = ((uint)MetricShape.ExponentialHistogram << 3) | ProtobufReader.Bytes;
    private const uint Summary = ((uint)MetricShape.Summary << 3) | ProtobufReader.Bytes;
    private const uint DataPoint = (1 << 3) | ProtobufReader.Bytes;
    private const uint AggregationTemporality = (2 << 3) | ProtobufReader.Varint;
    private const uint IsMonotonic = (3 << 3) | ProtobufReader.Varint;

    /// <exception cref="OtlpFormatException">The body is not such a request. What was mapped before is of no use.</exception>
    public void Read(ReadOnlySpan<byte> body)
    {
        var reader = new ProtobufReader(body);
        while (reader.TryReadTag(out var tag))
        {
            if (tag == ResourceMetrics)
            {
                ReadResourceMetrics(reader.ReadBytes());
            }
            else
            {
                reader.Skip(tag);
            }
        }
    }

    private void ReadResourceMetrics(ReadOnlySpan<byte> message)
    {
        using var attributes = new PooledBuffer(256);
        var first = new ProtobufReader(message);
        while (first.TryReadTag(out var tag))
        {
            if (tag == Resource)
            {
                ReadResource(first.ReadBytes(), attributes);
            }
            else
            {
                first.Skip(tag);
            }
        }

        mapping.BeginResource(attributes.Slice(0, attributes.Length));
        var second = new ProtobufReader(message);
        while (second.TryReadTag(out var tag))
        {
            if (tag == ScopeMetrics)
            {
                ReadScopeMetrics(second.ReadBytes());
            }
            else
            {
                second.Skip(tag);
            }
        }
    }

    private static void ReadResource(ReadOnlySpan<byte> message, PooledBuffer attributes)
    {
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            if (tag == ResourceAttribute)
            {
                ProtobufAttributes.Keep(attributes, reader.ReadBytes());
            }
            else
            {
                reader.Skip(tag);
            }
        }
    }

    private void ReadScopeMetrics(ReadOnlySpan<byte> message)
    {
        mapping.BeginScope(ReadScopeName(message));
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            if (tag == Metric)
            {
                ReadMetric(reader.ReadBytes());
            }
            else
            {
                reader.Skip(tag);
            }
        }
    }

    private static string ReadScopeName(ReadOnlySpan<byte> message)
    {
        var name = "";
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            if (tag == Scope)
            {
                name = ReadOneText(reader.ReadBytes(), ScopeName) ?? name;
            }
            else
            {
                reader.Skip(tag);
            }
        }

        return name;
    }

    private void ReadMetric(ReadOnlySpan<byte> message)
    {
        var name = ReadOneText(message, MetricName) ?? "";
        var unit = ReadOneText(message, MetricUnit) ?? "";
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case Gauge or Sum or Histogram or ExponentialHistogram or Summary:
                    ReadData(reader.ReadBytes(), name, unit, (MetricShape)(tag >> 3));
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }
    }

    private void ReadData(ReadOnlySpan<byte> message, string name, string unit, MetricShape shape)
    {
        var (temporality, monotonic) = ReadTemporality(message);
        mapping.BeginMetric(new OtlpMetric(name, unit, shape, temporality, monotonic));
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            if (tag == DataPoint)
            {
                point.Clear();
                ProtobufPoints.Read(reader.ReadBytes(), shape, point);
                mapping.Add(point);
            }
            else
            {
                reader.Skip(tag);
            }
        }
    }

    private static (Temporality Temporality, bool Monotonic) ReadTemporality(ReadOnlySpan<byte> message)
    {
        var (temporality, monotonic) = (Temporality.Unspecified, false);
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case AggregationTemporality:
                    temporality = reader.ReadVarint() switch { 1 => Temporality.Delta, 2 => Temporality.Cumulative, _ => Temporality.Unspecified };
                    break;
                case IsMonotonic:
                    monotonic = reader.ReadVarint() != 0;
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        return (temporality, monotonic);
    }

    private static string? ReadOneText(ReadOnlySpan<byte> message, uint field)
    {
        string? text = null;
        var reader = new ProtobufReader(message);
        while (reader.TryReadTag(out var tag))
        {
            if (tag == field)
            {
                text = reader.ReadText();
            }
            else
            {
                reader.Skip(tag);
            }
        }

        return text;
    }
}
