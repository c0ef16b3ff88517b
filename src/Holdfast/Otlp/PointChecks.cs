namespace Holdfast.Otlp;

/// <summary>Whether the parts of a data point fit together. Pure.</summary>
internal static class PointChecks
{
    public static PointFault? Of(in OtlpMetric metric, OtlpPoint point) =>
        point.TooManyBuckets ? PointFault.TooManyBuckets
        : metric is { HasTemporality: true, Temporality: Temporality.Unspecified } ? PointFault.Temporality
        : metric.Shape is MetricShape.Gauge or MetricShape.Sum ? OfNumber(point)
        : OfDistribution(metric.Shape, point);

    private static PointFault? OfNumber(OtlpPoint point) => point.Value switch
    {
        null => PointFault.NoValue,
        { } value when !double.IsFinite(value) => PointFault.NotFinite,
        _ => null,
    };

    private static PointFault? OfDistribution(MetricShape shape, OtlpPoint point)
    {
        if (!IsFinite(point.Sum) || !IsFinite(point.Min) || !IsFinite(point.Max))
        {
            return PointFault.NotFinite;
        }

        return shape switch
        {
            MetricShape.Histogram => HasBuckets(point) ? null : PointFault.Buckets,
            MetricShape.Summary => OfQuantiles(point.Quantiles),
            _ => double.IsFinite(point.ZeroThreshold) ? null : PointFault.NotFinite,
        };
    }

    /// <summary>One bucket more than bounds, the last being without end; or none of either. Bounds ascend.</summary>
    private static bool HasBuckets(OtlpPoint point)
    {
        for (var i = 0; i < point.Bounds.Count; i++)
        {
            if (!double.IsFinite(point.Bounds[i]) || (i > 0 && point.Bounds[i] <= point.Bounds[i - 1]))
            {
                return false;
            }
        }

        return point.BucketCounts.Count == point.Bounds.Count + 1 || (point.BucketCounts.Count == 0 && point.Bounds.Count == 0);
    }

    private static PointFault? OfQuantiles(List<(double Quantile, double Value)> quantiles)
    {
        foreach (var (quantile, value) in quantiles)
        {
            // NaN is no quantile either.
            if (!(quantile >= 0 && quantile <= 1))
            {
                return PointFault.Buckets;
            }

            if (!double.IsFinite(value))
            {
                return PointFault.NotFinite;
            }
        }

        return null;
    }

    private static bool IsFinite(double? value) => value is null || double.IsFinite(value.Value);
}
