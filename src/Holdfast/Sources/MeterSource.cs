using System.Globalization;
using Holdfast.Pipeline;
using Holdfast.Telemetry;
using Microsoft.Extensions.Logging;

namespace Holdfast.Sources;

/// <summary>
/// The application's own meters. Measuring costs the application what the collector costs, with or without a tick; names, suffixes and the
/// label <c>le</c> are those of metrics that come over OTLP, so that a service may go from one way to the other.
/// </summary>
internal sealed class MeterSource : ISource, IDisposable
{
    private readonly MeterCollector _collector;

    public MeterSource(IEnumerable<MeterSelection> selections, ILogger<MeterCollector> logger)
    {
        MeterSelection[] all = [.. selections];
        _collector = new MeterCollector(
            instrument => Array.Exists(all, selection => selection.Contains(instrument.Meter.Name)), logger, Telemetry.Instruments.DefineAsNamed);
    }

    public string Name => "meters";

    public string? Unavailable => null;

    public void Read(ICollection<Reading> readings) => _collector.Collect(families =>
    {
        foreach (var family in families)
        {
            foreach (var series in family.Snapshot())
            {
                Read(family.Definition, series, readings);
            }
        }
    });

    public void Dispose() => _collector.Dispose();

    private static void Read(MetricDefinition metric, MetricSeries series, ICollection<Reading> readings)
    {
        if (metric.Kind == MetricKind.Histogram)
        {
            ReadHistogram(metric, series, readings);
            return;
        }

        var kind = metric.Kind == MetricKind.Counter ? SeriesKind.Counter : SeriesKind.Gauge;
        readings.Add(new Reading(new Instrument(metric.Name, metric.Unit, kind), series.Tags, series.Value));
    }

    private static void ReadHistogram(MetricDefinition metric, MetricSeries series, ICollection<Reading> readings)
    {
        var bucket = new Instrument(metric.Name + ".bucket", "1", SeriesKind.Counter);
        var below = 0L;
        for (var i = 0; i <= metric.Bounds.Count; i++)
        {
            below += series.InBucket(i);
            var le = i < metric.Bounds.Count ? metric.Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            readings.Add(new Reading(bucket, [.. series.Tags, KeyValuePair.Create("le", le)], below));
        }

        readings.Add(new Reading(new Instrument(metric.Name + ".sum", metric.Unit, SeriesKind.Counter), series.Tags, series.Value));

        // The number of values is that of the last bucket, so that the two always agree, whatever is counted meanwhile.
        readings.Add(new Reading(new Instrument(metric.Name + ".count", "1", SeriesKind.Counter), series.Tags, below));
    }
}
