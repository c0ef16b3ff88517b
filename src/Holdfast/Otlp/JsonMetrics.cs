using System.Text.Json;
using static Holdfast.Otlp.JsonFields;

namespace Holdfast.Otlp;

/// <summary>
/// Walks an ExportMetricsServiceRequest in JSON. As in Protocol Buffers, what points need to know may stand behind them: it is looked up
/// with a copy of the reader first.
/// </summary>
internal readonly ref struct JsonMetrics(ReadOnlySpan<byte> body, PointMapping mapping, OtlpPoint point)
{
    private readonly ReadOnlySpan<byte> _body = body;

    /// <exception cref="OtlpFormatException">The body is not such a request. What was mapped before is of no use.</exception>
    public void Read()
    {
        try
        {
            ReadRequest();
        }
        catch (JsonException fault)
        {
            throw new OtlpFormatException($"The body is not JSON: {fault.Message}", fault);
        }
    }

    private void ReadRequest()
    {
        var reader = new Utf8JsonReader(_body);
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "resourceMetrics"u8, JsonTokenType.StartArray))
            {
                while (NextElement(ref reader))
                {
                    ReadResourceMetrics(ref reader);
                }
            }
            else
            {
                reader.Skip();
            }
        }

        // Finds out whether anything follows that does not belong there.
        reader.Read();
    }

    private void ReadResourceMetrics(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        mapping.BeginResource(FindResourceAttributes(reader));
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "scopeMetrics"u8, JsonTokenType.StartArray))
            {
                while (NextElement(ref reader))
                {
                    ReadScopeMetrics(ref reader);
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private ReadOnlySpan<byte> FindResourceAttributes(Utf8JsonReader reader)
    {
        var attributes = ReadOnlySpan<byte>.Empty;
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "resource"u8, JsonTokenType.StartObject))
            {
                while (NextMember(ref reader))
                {
                    if (TryMember(ref reader, "attributes"u8, JsonTokenType.StartArray))
                    {
                        attributes = ReadRaw(ref reader, _body);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return attributes;
    }

    private void ReadScopeMetrics(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        mapping.BeginScope(FindScopeName(reader));
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "metrics"u8, JsonTokenType.StartArray))
            {
                while (NextElement(ref reader))
                {
                    ReadMetric(ref reader);
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static string FindScopeName(Utf8JsonReader reader)
    {
        var name = "";
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "scope"u8, JsonTokenType.StartObject))
            {
                name = FindText(ref reader, "name"u8);
            }
            else
            {
                reader.Skip();
            }
        }

        return name;
    }

    private void ReadMetric(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        var forName = reader;
        var name = FindText(ref forName, "name"u8);
        var forUnit = reader;
        var unit = FindText(ref forUnit, "unit"u8);
        while (NextMember(ref reader))
        {
            if (TryShape(ref reader) is { } shape)
            {
                ReadData(ref reader, name, unit, shape);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static MetricShape? TryShape(ref Utf8JsonReader reader) =>
        TryMember(ref reader, "gauge"u8, JsonTokenType.StartObject) ? MetricShape.Gauge
        : TryMember(ref reader, "sum"u8, JsonTokenType.StartObject) ? MetricShape.Sum
        : TryMember(ref reader, "histogram"u8, JsonTokenType.StartObject) ? MetricShape.Histogram
        : TryMember(ref reader, "exponentialHistogram"u8, JsonTokenType.StartObject) ? MetricShape.ExponentialHistogram
        : TryMember(ref reader, "summary"u8, JsonTokenType.StartObject) ? MetricShape.Summary
        : null;

    private void ReadData(ref Utf8JsonReader reader, string name, string unit, MetricShape shape)
    {
        var (temporality, monotonic) = FindTemporality(reader);
        mapping.BeginMetric(new OtlpMetric(name, unit, shape, temporality, monotonic));
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "dataPoints"u8, JsonTokenType.StartArray))
            {
                while (NextElement(ref reader))
                {
                    point.Clear();
                    JsonPoints.Read(ref reader, _body, point);
                    mapping.Add(point);
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static (Temporality Temporality, bool Monotonic) FindTemporality(Utf8JsonReader reader)
    {
        var (temporality, monotonic) = (Temporality.Unspecified, false);
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, "aggregationTemporality"u8))
            {
                temporality = ReadTemporality(ref reader);
            }
            else if (TryMember(ref reader, "isMonotonic"u8))
            {
                monotonic = ReadBool(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return (temporality, monotonic);
    }

    /// <summary>The text of this name in the object that the reader is at the begin of; moves to its end.</summary>
    private static string FindText(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        var text = "";
        while (NextMember(ref reader))
        {
            if (TryMember(ref reader, name))
            {
                text = ReadText(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return text;
    }
}
