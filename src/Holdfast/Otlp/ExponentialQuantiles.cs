namespace Holdfast.Otlp;

/// <summary>
/// Works quantiles out of an exponential histogram. Bucket <c>i</c> of a scale holds magnitudes in (b^i, b^(i+1)] with b = 2^(2^-scale); a
/// rank within a bucket is placed evenly over the exponent, so the error is at most the width of the bucket. Pure.
/// </summary>
internal static class ExponentialQuantiles
{
    /// <summary>The value below which the share <paramref name="quantile"/> of what was measured lies; null when the buckets are empty.</summary>
    public static double? Of(OtlpPoint point, double quantile)
    {
        var (negatives, positives) = (Total(point.Negative.Counts), Total(point.Positive.Counts));
        var total = negatives + point.ZeroCount + positives;
        if (total == 0)
        {
            return null;
        }

        var rank = quantile * total;

        // The smallest value has the largest magnitude: negatives are counted from the other end.
        var value = rank < negatives ? -Magnitude(point.Negative, point.Scale, negatives - rank)
            : rank <= negatives + point.ZeroCount ? 0
            : Magnitude(point.Positive, point.Scale, rank - negatives - point.ZeroCount);
        return Clamp(value, point.Min, point.Max);
    }

    private static double Magnitude(ExponentialBuckets buckets, int scale, double rank)
    {
        var (before, last) = (0.0, 0);
        for (var i = 0; i < buckets.Counts.Count; i++)
        {
            var count = (double)buckets.Counts[i];
            if (count > 0 && before + count >= rank)
            {
                return Boundary(buckets.Offset + (double)i + ((rank - before) / count), scale);
            }

            before += count;
            last = count > 0 ? i : last;
        }

        // Only rounding of very large counts leads here.
        return Boundary(buckets.Offset + (double)last + 1, scale);
    }

    /// <summary>b^exponent = 2^(exponent * 2^-scale).</summary>
    private static double Boundary(double exponent, int scale) => Math.Pow(2, Math.ScaleB(exponent, -Math.Clamp(scale, -64, 64)));

    private static double Total(List<ulong> counts)
    {
        var total = 0.0;
        foreach (var count in counts)
        {
            total += count;
        }

        return total;
    }

    /// <summary>Buckets are wider than what was measured; the extremes, where they are known, are exact.</summary>
    private static double Clamp(double value, double? min, double? max) =>
        value < min ? min.Value : value > max ? max.Value : value;
}
