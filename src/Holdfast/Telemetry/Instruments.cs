using System.Diagnostics.Metrics;

namespace Holdfast.Telemetry;

/// <summary>What kinds of instruments are to those who scrape. Pure.</summary>
internal static class Instruments
{
    /// <summary>Seconds from half a millisecond to half a minute: from a commit on a fast disk to the longest time an operation is given.</summary>
    public static IReadOnlyList<double> DefaultBounds { get; } = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>The metric that an instrument makes; null for a kind of instrument that nobody knows.</summary>
    public static MetricDefinition? Define(Instrument instrument)
    {
        if (KindOf(instrument.GetType()) is not { } known)
        {
            return null;
        }

        var name = MetricName.Of(instrument.Name, instrument.Unit, known.Kind);
        return new MetricDefinition(name.Name, known.Kind, known.Recording, instrument.Description ?? "", name.Scale)
        {
            Bounds = known.Kind == MetricKind.Histogram ? BoundsOf(instrument, name.Scale) : [],
        };
    }

    private static (MetricKind Kind, Recording Recording)? KindOf(Type type)
    {
        var open = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return open == typeof(Counter<>) ? (MetricKind.Counter, Recording.Add)
            : open == typeof(ObservableCounter<>) ? (MetricKind.Counter, Recording.Observe)
            : open == typeof(UpDownCounter<>) ? (MetricKind.Gauge, Recording.Add)
            : open == typeof(Gauge<>) ? (MetricKind.Gauge, Recording.Set)
            : open == typeof(ObservableUpDownCounter<>) || open == typeof(ObservableGauge<>) ? (MetricKind.Gauge, Recording.Observe)
            : open == typeof(Histogram<>) ? (MetricKind.Histogram, Recording.Count)
            : null;
    }

    // Advice is in the instrument's own unit.
    private static IReadOnlyList<double> BoundsOf(Instrument instrument, double scale) =>
        (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries is { } advised ? [.. advised.Select(bound => bound * scale)] : DefaultBounds;
}
