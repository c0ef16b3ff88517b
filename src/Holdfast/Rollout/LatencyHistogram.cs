using System.Globalization;

namespace Holdfast.Rollout;

/// <summary>
/// Latencies in steps of a quarter of a doubling, from 0.1 ms to beyond a minute: percentiles within 19 %, which is enough to tell twice from
/// once, and histograms of many nodes add up. Immutable.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int StepsPerDoubling = 4;
    private const int StepsMax = 80;
    private const double LeastMilliseconds = 0.1;

    private readonly long[] _counts;

    private LatencyHistogram(long[] counts) => (_counts, Count) = (counts, counts.Sum());

    public static LatencyHistogram Empty { get; } = new(new long[StepsMax]);

    public long Count { get; }

    public static LatencyHistogram Of(IEnumerable<double> milliseconds)
    {
        var counts = new long[StepsMax];
        foreach (var latency in milliseconds)
        {
            counts[StepOf(latency)]++;
        }

        return new LatencyHistogram(counts);
    }

    /// <summary>The latency that such a share did not exceed, in milliseconds; null of none at all.</summary>
    public double? Percentile(double share)
    {
        var left = (long)Math.Ceiling(Count * share);
        for (var step = 0; step < StepsMax && Count > 0; step++)
        {
            left -= _counts[step];
            if (left <= 0)
            {
                return LeastMilliseconds * Math.Pow(2, (step + 0.5) / StepsPerDoubling);
            }
        }

        return null;
    }

    public static LatencyHistogram operator +(LatencyHistogram left, LatencyHistogram right) =>
        left.Count == 0 ? right : right.Count == 0 ? left : new([.. left._counts.Zip(right._counts, (one, other) => one + other)]);

    /// <summary>Step and count of those that are not empty: <c>20:5 23:1</c>.</summary>
    public override string ToString() => string.Join(
        ' ', _counts.Select((count, step) => (count, step)).Where(one => one.count > 0).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.step}:{one.count}")));

    /// <summary>What <see cref="ToString"/> wrote.</summary>
    /// <exception cref="FormatException">It did not.</exception>
    public static LatencyHistogram Parse(string text)
    {
        var counts = new long[StepsMax];
        foreach (var pair in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (step, count) = pair.Split(':') is [var first, var second] ? (first, second) : throw new FormatException($"'{pair}' is no step of a histogram.");
            counts[Math.Clamp(int.Parse(step, CultureInfo.InvariantCulture), 0, StepsMax - 1)] += long.Parse(count, CultureInfo.InvariantCulture);
        }

        return new LatencyHistogram(counts);
    }

    private static int StepOf(double milliseconds) => milliseconds <= LeastMilliseconds
        ? 0
        : (int)Math.Min(StepsMax - 1, Math.Log2(milliseconds / LeastMilliseconds) * StepsPerDoubling);
}
