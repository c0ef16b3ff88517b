using Holdfast.Pipeline;

namespace Holdfast.Otlp;

/// <summary>What one value of a data point is.</summary>
internal enum MemberRole : byte
{
    /// <summary>The value of a gauge or a sum.</summary>
    Value,
    Count,
    Sum,
    Min,
    Max,

    /// <summary>How many measurements were at or below a bound.</summary>
    Bucket,
    Quantile,
}

/// <summary>One value of a data point; each has a series of its own.</summary>
/// <param name="Parameter">The bound of a bucket, or which quantile.</param>
internal readonly record struct PointMember(MemberRole Role, double Value, double Parameter = 0)
{
    /// <summary>What the name of the series has behind that of the metric.</summary>
    public string Suffix => Role switch
    {
        MemberRole.Value => "",
        MemberRole.Count => ".count",
        MemberRole.Sum => ".sum",
        MemberRole.Min => ".min",
        MemberRole.Max => ".max",
        MemberRole.Bucket => ".bucket",
        _ => ".quantile",
    };

    /// <summary>What the series has beside the labels of the point; <c>le</c> and <c>quantile</c> as in Prometheus.</summary>
    public KeyValuePair<string, string>? Label => Role switch
    {
        MemberRole.Bucket => KeyValuePair.Create("le", double.IsPositiveInfinity(Parameter) ? "+Inf" : AttributeText.Of(Parameter)),
        MemberRole.Quantile => KeyValuePair.Create("quantile", AttributeText.Of(Parameter)),
        _ => null,
    };

    public string UnitOf(in OtlpMetric metric) => Role is MemberRole.Count or MemberRole.Bucket ? "1" : metric.Unit;

    public SeriesKind SeriesKindOf(in OtlpMetric metric) => Role switch
    {
        MemberRole.Value => metric is { Shape: MetricShape.Sum, IsMonotonic: true } ? SeriesKind.Counter : SeriesKind.Gauge,
        MemberRole.Count or MemberRole.Sum or MemberRole.Bucket => SeriesKind.Counter,
        _ => SeriesKind.Gauge,
    };

    /// <summary>Counts, sums and buckets add up over time; extremes and quantiles do not.</summary>
    public ReadingKind ReadingKindOf(in OtlpMetric metric)
    {
        var addsUp = Role is MemberRole.Count or MemberRole.Sum or MemberRole.Bucket || (Role == MemberRole.Value && metric.Shape == MetricShape.Sum);
        return !addsUp ? ReadingKind.Plain
            : metric is { HasTemporality: true, Temporality: Temporality.Delta } ? ReadingKind.Difference
            : SeriesKindOf(metric) == SeriesKind.Counter ? ReadingKind.Total
            : ReadingKind.Plain;
    }

    /// <summary>Adds the values of a point to a list.</summary>
    /// <param name="quantiles">What is worked out of an exponential histogram.</param>
    public static void Collect(in OtlpMetric metric, OtlpPoint point, IReadOnlyList<double> quantiles, List<PointMember> members)
    {
        if (metric.Shape is MetricShape.Gauge or MetricShape.Sum)
        {
            members.Add(new PointMember(MemberRole.Value, point.Value!.Value));
            return;
        }

        members.Add(new PointMember(MemberRole.Count, point.Count));
        AddIfPresent(members, MemberRole.Sum, point.Sum);
        AddIfPresent(members, MemberRole.Min, point.Min);
        AddIfPresent(members, MemberRole.Max, point.Max);
        AddBuckets(point, members);
        point.Quantiles.ForEach(given => members.Add(new PointMember(MemberRole.Quantile, given.Value, given.Quantile)));
        if (metric.Shape == MetricShape.ExponentialHistogram)
        {
            AddQuantiles(point, quantiles, members);
        }
    }

    private static void AddIfPresent(List<PointMember> members, MemberRole role, double? value, double parameter = 0)
    {
        if (value is { } present)
        {
            members.Add(new PointMember(role, present, parameter));
        }
    }

    /// <summary>A bucket of ours holds all at or below its bound, as <c>le</c> says.</summary>
    private static void AddBuckets(OtlpPoint point, List<PointMember> members)
    {
        var below = 0.0;
        for (var i = 0; i < point.BucketCounts.Count; i++)
        {
            below += point.BucketCounts[i];
            members.Add(new PointMember(MemberRole.Bucket, below, i < point.Bounds.Count ? point.Bounds[i] : double.PositiveInfinity));
        }
    }

    private static void AddQuantiles(OtlpPoint point, IReadOnlyList<double> quantiles, List<PointMember> members)
    {
        foreach (var quantile in quantiles)
        {
            AddIfPresent(members, MemberRole.Quantile, ExponentialQuantiles.Of(point, quantile), quantile);
        }
    }
}
