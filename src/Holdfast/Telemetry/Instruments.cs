using System.Diagnostics.Metrics;

namespace Holdfast.Telemetry;

/// <summary>What kinds of instruments are to those who scrape. Pure.</summary>
internal static class Instruments
{
    /// <summary>Seconds from half a millisecond to half a minute: from a commit on a fast disk to the longest time an operation is given.</summary>
    public static IReadOnlyList<double> DefaultBounds { get; } = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    // What SDKs of OpenTelemetry take when nobody says otherwise.
    private static IReadOnlyList<double> BoundsOfAnyUnit { get; } = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];

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

    /// <summary>The same under the instrument's own name and in its own unit, for those who keep to the conventions of OpenTelemetry.</summary>
    public static MetricDefinition? DefineAsNamed(Instrument instrument) => KindOf(instrument.GetType()) is { } known
        ? new MetricDefinition(instrument.Name, known.Kind, known.Recording, instrument.Description ?? "", Scale: 1)
        {
            Unit = instrument.Unit ?? "",
            Bounds = known.Kind == MetricKind.Histogram ? BoundsAsNamed(instrument) : [],
        }
        : null;

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

    private static IReadOnlyList<double> BoundsAsNamed(Instrument instrument) =>
        (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? (instrument.Unit == "s" ? DefaultBounds : BoundsOfAnyUnit);

    // Advice is in the instrument's own unit.
    private static IReadOnlyList<double> BoundsOf(Instrument instrument, double scale) =>
        (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries is { } advised ? [.. advised.Select(bound => bound * scale)] : DefaultBounds;
}
