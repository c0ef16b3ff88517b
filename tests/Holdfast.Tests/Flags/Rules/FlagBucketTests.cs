using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Flags.Rules;

namespace Holdfast.Tests.Flags.Rules;

public class FlagBucketTests
{
    // Worked out by the reference implementation in C, and the same as those of flagd.
    [Theory]
    [InlineData("dashboard.transport", "user-1", 2_678_984_296, 62_374)]
    [InlineData("dashboard.transport", "user-2", 3_150_021_405, 73_342)]
    [InlineData("dashboard.transport", "sess-7f3a", 3_287_387_683, 76_540)]
    [InlineData("chart.fast", "user-1", 3_962_095_104, 92_249)]
    [InlineData("x", "", 1_050_319_643, 24_454)]
    [InlineData("flag", "Zoë", 2_970_070_904, 69_152)]
    public void A_key_has_the_bucket_that_it_has_in_every_language(string salt, string key, uint hash, int bucket)
    {
        Murmur3.Hash(Encoding.UTF8.GetBytes(salt + key)).ShouldBe(hash);
        FlagBucket.Of(salt, key).ShouldBe(bucket);
    }

    // The published vectors of the hash itself, one for each length of the tail.
    [Theory]
    [InlineData("", 0, 0x00000000)]
    [InlineData("", 1, 0x514E28B7)]
    [InlineData("a", 0x9747b28c, 0x7FA09EA6)]
    [InlineData("aa", 0x9747b28c, 0x5D211726)]
    [InlineData("aaa", 0x9747b28c, 0x283E0130)]
    [InlineData("aaaa", 0x9747b28c, 0x5A97808A)]
    [InlineData("Hello, world!", 0x9747b28c, 0x24884CBA)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2FA826CD)]
    public void The_hash_is_the_published_one(string text, uint seed, uint hash) => Murmur3.Hash(Encoding.UTF8.GetBytes(text), seed).ShouldBe(hash);

    [Fact]
    public void A_long_key_has_a_bucket_too() => FlagBucket.Of("salt", new string('é', 10_000)).ShouldBeInRange(0, FlagBucket.Count - 1);

    [Fact]
    public void A_million_keys_are_spread_evenly()
    {
        const int keys = 1_000_000;
        const int cells = 1_000;
        var counts = new int[cells];
        for (var i = 0; i < keys; i++)
        {
            counts[FlagBucket.Of("chart.fast", $"user-{i}") * cells / FlagBucket.Count]++;
        }

        // With 999 degrees of freedom chi-square is below 1,143 in 999 of 1,000 cases; the keys are always the same, and so is the outcome.
        var expected = (double)keys / cells;
        var chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        chiSquare.ShouldBeInRange(860, 1_143);
    }

    [Fact]
    public void Two_flags_cut_the_same_keys_independently()
    {
        const int keys = 200_000;
        var pairs = Enumerable.Range(0, keys).Select(i => (X: (double)FlagBucket.Of("chart.fast", $"user-{i}"), Y: (double)FlagBucket.Of("dashboard.transport", $"user-{i}"))).ToList();

        Correlation(pairs).ShouldBeInRange(-0.01, 0.01);
    }

    [Fact]
    public void Two_flags_with_one_salt_cut_the_keys_alike() => FlagBucket.Of("cohort", "user-7").ShouldBe(FlagBucket.Of("cohort", "user-7"));

    [Fact]
    public void A_share_that_is_raised_only_adds_keys() => Prop.ForAll(
        (from key in Gen.Choose(0, int.MaxValue).Select(number => $"user-{number}")
         from low in Gen.Choose(0, FlagBucket.Count)
         from high in Gen.Choose(low, FlagBucket.Count)
         select (key, low, high)).ToArbitrary(),
        sample => Find(sample.low, sample.key) is null || Find(sample.high, sample.key) == "on").QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(25)]
    [InlineData(50)]
    public void A_share_is_as_large_as_it_says(int percent)
    {
        const int keys = 100_000;

        var on = Enumerable.Range(0, keys).Count(i => Find(FlagShare.BucketsOf(percent), $"session-{i}") is not null);

        ((double)on / keys * 100).ShouldBe(percent, 0.5);
    }

    [Fact]
    public void Nobody_is_in_a_share_of_nothing_and_everybody_in_one_of_all() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        number => Find(0, $"{number}") is null && Find(FlagBucket.Count, $"{number}") == "on").QuickCheckThrowOnFailure();

    private static string? Find(int buckets, string key) => new FlagSplit([new FlagShare("on", buckets)]).Find(FlagBucket.Of("chart.fast", key));

    private static double Correlation(IReadOnlyList<(double X, double Y)> pairs)
    {
        var (meanX, meanY) = (pairs.Average(pair => pair.X), pairs.Average(pair => pair.Y));
        var covariance = pairs.Sum(pair => (pair.X - meanX) * (pair.Y - meanY));
        return covariance / Math.Sqrt(pairs.Sum(pair => Math.Pow(pair.X - meanX, 2)) * pairs.Sum(pair => Math.Pow(pair.Y - meanY, 2)));
    }
}
