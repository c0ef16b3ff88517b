namespace Holdfast.Telemetry;

/// <summary>What a metric is to those who scrape it.</summary>
internal enum MetricKind
{
    /// <summary>Grows, and begins at 0 with the process.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts of values up to a bound, their number and their sum.</summary>
    Histogram,
}
