using Holdfast.Otlp;

namespace Holdfast.Tests.Otlp;

public class ExponentialQuantilesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(-2)]
    public void A_quantile_is_right_to_the_width_of_a_bucket(int scale)
    {
        var random = new Random(42);
        var values = Enumerable.Range(0, 5_000).Select(_ => Math.Exp(random.NextDouble() * 6) * (random.Next(4) == 0 ? -1 : 1)).Concat(Enumerable.Repeat(0.0, 500)).Order().ToArray();
        using var point = PointOf(values, scale);

        foreach (var quantile in (double[])[0, 0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 1])
        {
            var exact = values[(int)Math.Min(values.Length - 1, Math.Floor(quantile * values.Length))];
            var width = Math.Pow(2, Math.Pow(2, -scale));

            var found = ExponentialQuantiles.Of(point, quantile).ShouldNotBeNull();

            Math.Abs(found).ShouldBeInRange(Math.Abs(exact) / width * 0.99, Math.Abs(exact) * width * 1.01, $"quantile {quantile}, {found} for {exact}");
            Math.Sign(found).ShouldBe(Math.Sign(exact));
        }
    }

    [Fact]
    public void What_was_measured_at_the_extremes_is_exact()
    {
        using var point = PointOf([1.1, 1.2, 1.3], scale: -4);
        (point.Min, point.Max) = (1.1, 1.3);

        ExponentialQuantiles.Of(point, 0).ShouldBe(1.1);
        ExponentialQuantiles.Of(point, 1).ShouldBe(1.3);
    }

    [Fact]
    public void Nothing_measured_has_no_quantile()
    {
        using var point = PointOf([], scale: 0);

        ExponentialQuantiles.Of(point, 0.5).ShouldBeNull();
    }

    /// <summary>The buckets by their definition: the index of v is ceil(log_base(v)) - 1.</summary>
    private static OtlpPoint PointOf(double[] values, int scale)
    {
        var point = new OtlpPoint(100_000) { Scale = scale, ZeroCount = (ulong)values.Count(value => value == 0) };
        Fill(point.Positive, values.Where(value => value > 0), scale);
        Fill(point.Negative, values.Where(value => value < 0).Select(value => -value), scale);
        return point;
    }

    private static void Fill(ExponentialBuckets buckets, IEnumerable<double> magnitudes, int scale)
    {
        var counts = magnitudes.CountBy(value => (int)Math.Ceiling(Math.Log2(value) * Math.Pow(2, scale)) - 1).ToDictionary();
        if (counts.Count > 0)
        {
            buckets.Offset = counts.Keys.Min();
            buckets.Counts.AddRange(Enumerable.Range(buckets.Offset, counts.Keys.Max() - buckets.Offset + 1).Select(index => (ulong)counts.GetValueOrDefault(index)));
        }
    }
}
