using System.Buffers;
using System.Globalization;
using System.Text;

namespace Holdfast.Telemetry;

/// <summary>
/// The text format 0.0.4 of Prometheus. A metric without a series keeps its HELP and TYPE, so that what exists can be read from any scrape.
/// </summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void Write(IBufferWriter<byte> output, IReadOnlyList<MetricFamily> families)
    {
        foreach (var family in families)
        {
            WriteHead(output, family.Definition);
            foreach (var series in family.Snapshot())
            {
                WriteSeries(output, family.Definition, series);
            }
        }
    }

    private static void WriteHead(IBufferWriter<byte> output, MetricDefinition metric)
    {
        Write(output, $"# HELP {metric.Name} {metric.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\n");
        Write(output, $"# TYPE {metric.Name} {WordOf(metric.Kind)}\n");
    }

    private static void WriteSeries(IBufferWriter<byte> output, MetricDefinition metric, MetricSeries series)
    {
        if (metric.Kind == MetricKind.Histogram)
        {
            WriteHistogram(output, metric, series);
        }
        else
        {
            WriteLine(output, metric.Name, "", series.Labels, "", series.Value);
        }
    }

    // The number of values is that of the last bucket, so that the two always agree, whatever is counted meanwhile.
    private static void WriteHistogram(IBufferWriter<byte> output, MetricDefinition metric, MetricSeries series)
    {
        var count = 0L;
        for (var i = 0; i <= metric.Bounds.Count; i++)
        {
            count += series.InBucket(i);
            var bound = i < metric.Bounds.Count ? metric.Bounds[i] : double.PositiveInfinity;
            WriteLine(output, metric.Name, "_bucket", series.Labels, $"le=\"{TextOf(bound)}\"", count);
        }

        WriteLine(output, metric.Name, "_sum", series.Labels, "", series.Value);
        WriteLine(output, metric.Name, "_count", series.Labels, "", count);
    }

    private static void WriteLine(IBufferWriter<byte> output, string name, string suffix, string labels, string bound, double value)
    {
        Write(output, name);
        Write(output, suffix);
        if (labels.Length + bound.Length > 0)
        {
            Write(output, "{");
            Write(output, labels);
            Write(output, labels.Length > 0 && bound.Length > 0 ? "," : "");
            Write(output, bound);
            Write(output, "}");
        }

        Write(output, " ");
        WriteNumber(output, value);
        Write(output, "\n");
    }

    private static void WriteNumber(IBufferWriter<byte> output, double value)
    {
        const int LongestNumber = 32;
        if (!double.IsFinite(value))
        {
            Write(output, TextOf(value));
            return;
        }

        value.TryFormat(output.GetSpan(LongestNumber), out var written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private static string TextOf(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static string WordOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        MetricKind.Histogram => "histogram",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of metric."),
    };

    private static void Write(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}
