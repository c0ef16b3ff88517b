namespace Holdfast.Otlp;

/// <summary>What the data points of a metric are; the numbers are those of the field in the protocol.</summary>
internal enum MetricShape : byte
{
    Gauge = 5,
    Sum = 7,
    Histogram = 9,
    ExponentialHistogram = 10,
    Summary = 11,
}

/// <summary>What the values of a sum or a histogram count from; the numbers are those of the protocol.</summary>
internal enum Temporality : byte
{
    /// <summary>Not said, which the protocol forbids for shapes that have one.</summary>
    Unspecified = 0,

    /// <summary>Since the last data point.</summary>
    Delta = 1,

    /// <summary>Since the start time.</summary>
    Cumulative = 2,
}

/// <summary>The metric whose data points are being read.</summary>
/// <param name="IsMonotonic">A sum that only grows.</param>
internal readonly record struct OtlpMetric(string Name, string Unit, MetricShape Shape, Temporality Temporality, bool IsMonotonic)
{
    /// <summary>A gauge has none, and a summary always counts from its start.</summary>
    public bool HasTemporality => Shape is MetricShape.Sum or MetricShape.Histogram or MetricShape.ExponentialHistogram;
}
