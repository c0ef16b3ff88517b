using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests;

public abstract partial class TelemetryStoreConformance
{
    [Theory]
    [InlineData("Avg", 4.0)]
    [InlineData("Min", 1.0)]
    [InlineData("Max", 9.0)]
    [InlineData("Sum", 12.0)]
    [InlineData("Last", 2.0)]
    public async Task A_step_folds_its_samples(string aggregation, double expected)
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(1, Batches.Sample(series, 1, 1), Batches.Sample(series, 5, 9), Batches.Sample(series, 9.999, 2), Batches.Sample(series, 10, 100)));

        var points = await Points(new() { Step = TimeSpan.FromSeconds(10), Aggregation = Enum.Parse<Aggregation>(aggregation), Name = "cpu", Since = Noon, Until = Noon.AddSeconds(10) });

        points.ShouldBe([(Noon.ToUnixTimeMilliseconds(), expected)]);
    }

    [Fact]
    public async Task Steps_without_a_sample_are_absent()
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(1, Batches.Sample(series, 0, 1), Batches.Sample(series, 35, 2)));

        var points = await Points(Ask(seconds: 60, step: 10));

        points.ShouldBe([(Ms(0), 1), (Ms(30), 2)]);
    }

    [Fact]
    public async Task The_time_asked_for_is_widened_to_whole_steps()
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(1, Batches.Sample(series, 1, 1), Batches.Sample(series, 19, 2), Batches.Sample(series, 20, 3)));

        var points = await Points(Ask(seconds: 11, step: 10) with { Since = Noon.AddSeconds(9), Aggregation = Aggregation.Last });

        points.ShouldBe([(Ms(0), 1), (Ms(10), 2)]);
    }

    [Fact]
    public async Task A_time_that_ends_before_it_begins_has_no_points()
    {
        await Write(Batches.OfSamples(1, Batches.Sample(Batches.Series(), 1, 1)));

        var results = await Store.QuerySeriesAsync(Ask(seconds: -60, step: 10), CancellationToken.None);

        results.SelectMany(result => result.Points).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_equal_timestamps_the_later_sample_counts_also_when_it_was_stored_first()
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(2, Batches.Sample(series, 0, 7), Batches.Sample(series, 0, 8)));

        await Write(Batches.OfSamples(1, Batches.Sample(series, 0, 1)));

        (await Points(Ask(seconds: 10, step: 10) with { Aggregation = Aggregation.Sum })).ShouldBe([(Ms(0), 8)]);
    }

    [Fact]
    public async Task A_rate_is_the_growth_per_second_since_the_sample_before()
    {
        var counter = Batches.Series(kind: SeriesKind.Counter);
        await Write(Batches.OfSamples(1, [.. Enumerable.Range(0, 7).Select(i => Batches.Sample(counter, i * 5, i * 50.0))]));

        var points = await Points(Ask(seconds: 30, step: 10) with { Aggregation = Aggregation.Rate });

        points.ShouldBe([(Ms(0), 10), (Ms(10), 10), (Ms(20), 10)]);
    }

    [Fact]
    public async Task A_counter_that_falls_began_again_at_zero()
    {
        var counter = Batches.Series(kind: SeriesKind.Counter);
        await Write(Batches.OfSamples(1, Batches.Sample(counter, 0, 1_000), Batches.Sample(counter, 5, 1_010), Batches.Sample(counter, 10, 30), Batches.Sample(counter, 15, 40)));

        var points = await Points(Ask(seconds: 20, step: 20) with { Aggregation = Aggregation.Rate });

        points.ShouldHaveSingleItem().Value.ShouldBe((10 + 30 + 10) / 15.0, 1e-9);
    }

    [Fact]
    public async Task A_counter_seen_once_has_no_rate()
    {
        await Write(Batches.OfSamples(1, Batches.Sample(Batches.Series(kind: SeriesKind.Counter), 3, 1_000)));

        (await Points(Ask(seconds: 10, step: 10) with { Aggregation = Aggregation.Rate })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Labels_choose_among_the_series_of_a_name()
    {
        var labels = new[] { """{"cpu":"0","host":"a"}""", """{"cpu":"1","host":"a"}""", """{"cpu":"0","host":"b'\"%"}""" };
        await Write(Batches.OfSamples(1, [.. labels.Select((l, i) => Batches.Sample(Batches.Series(labels: l), 0, i)), Batches.Sample(Batches.Series("mem"), 0, 9)]));

        async Task<double[]> Find(Dictionary<string, string> wanted)
        {
            var found = await Store.QuerySeriesAsync(Ask(10, 10) with { Labels = wanted }, CancellationToken.None);
            return [.. found.Select(result => result.Points.Single().Value).Order()];
        }

        (await Find([])).ShouldBe([0, 1, 2]);
        (await Find(new() { ["host"] = "a" })).ShouldBe([0, 1]);
        (await Find(new() { ["host"] = "b'\"%" })).ShouldBe([2]);
        (await Find(new() { ["host"] = "a", ["cpu"] = "1" })).ShouldBe([1]);
        (await Find(new() { ["host"] = "A" })).ShouldBeEmpty();
        (await Find(new() { ["rack"] = "a" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_series_comes_back_with_its_unit_and_kind()
    {
        var series = SeriesDefinition.Create("requests", """{"route":"/"}""", "{request}", SeriesKind.Counter);
        await Write(Batches.OfSamples(1, Batches.Sample(series, 0, 1)));

        var result = (await Store.QuerySeriesAsync(Ask(10, 10) with { Name = "requests" }, CancellationToken.None)).ShouldHaveSingleItem();

        result.Series.ShouldBe(series);
        (result.Series.Unit, result.Series.Kind, result.Step).ShouldBe(("{request}", SeriesKind.Counter, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task No_more_series_are_answered_than_asked_for()
    {
        await Write(Batches.OfSamples(1, [.. Enumerable.Range(0, 9).Select(i => Batches.Sample(Batches.Series(labels: $$"""{"n":"{{i}}"}"""), 0, i))]));

        var results = await Store.QuerySeriesAsync(Ask(10, 10) with { SeriesMax = 4 }, CancellationToken.None);

        results.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("Avg", 60)]
    [InlineData("Min", 120)]
    [InlineData("Max", 3_600)]
    [InlineData("Sum", 7_200)]
    [InlineData("Last", 60)]
    [InlineData("Rate", 60)]
    [InlineData("Rate", 3_600)]
    [InlineData("Avg", 90)]
    public async Task Rollups_change_no_answer(string aggregation, int step)
    {
        await Write(SawTooth(batchSeq: 1));
        var query = Ask(4 * 3_600, step) with { Aggregation = Enum.Parse<Aggregation>(aggregation) };
        var raw = await Points(query);

        await RollUpAll(Noon.AddHours(3));
        var rolledUp = await Points(query);

        raw.Count.ShouldBeGreaterThan(1);
        ShouldAgree(rolledUp, raw);
    }

    [Fact]
    public async Task Rolling_up_again_changes_nothing()
    {
        await Write(SawTooth(batchSeq: 1));
        await RollUpAll(Noon.AddHours(5));
        var once = await Points(Ask(4 * 3_600, 3_600));

        await RollUpAll(Noon.AddHours(5));

        (await Points(Ask(4 * 3_600, 3_600))).ShouldBe(once);
        (await Store.RollUpAsync(Noon.AddHours(5), CancellationToken.None)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(60)]
    [InlineData(3_600)]
    public async Task A_late_sample_shows_at_once_and_after_the_next_rollup(int step)
    {
        await Write(SawTooth(batchSeq: 1));
        await RollUpAll(Noon.AddHours(5));

        await Write(Batches.OfSamples(2, Batches.Sample(Batches.Series(), 601, 1_000_000)));
        var atOnce = await Points(Ask(4 * 3_600, step) with { Aggregation = Aggregation.Max });
        await RollUpAll(Noon.AddHours(5));
        var afterwards = await Points(Ask(4 * 3_600, step) with { Aggregation = Aggregation.Max });

        atOnce.Select(point => point.Value).ShouldContain(1_000_000);
        afterwards.ShouldBe(atOnce);
    }

    [Fact]
    public async Task Samples_after_a_rollup_in_the_same_minute_are_not_missed()
    {
        var series = Batches.Series();
        await Write(Batches.OfSamples(1, Batches.Sample(series, 1, 1)));
        await RollUpAll(Noon.AddMinutes(2));

        await Write(Batches.OfSamples(2, Batches.Sample(series, 2, 5)));
        await RollUpAll(Noon.AddMinutes(2));

        (await Points(Ask(60, 60) with { Aggregation = Aggregation.Sum })).ShouldBe([(Ms(0), 6)]);
    }

    /// <summary>A sample every 7 s for 3 h; it climbs, and falls to the start every hundred samples.</summary>
    private static SpooledBatch SawTooth(long batchSeq) =>
        Batches.OfSamples(batchSeq, [.. Enumerable.Range(0, 1_543).Select(i => Batches.Sample(Batches.Series(), i * 7, i % 100 * 1.25))]);

    private static SeriesQuery Ask(double seconds, int step) => new()
    {
        Name = "cpu",
        Since = Noon,
        Until = Noon.AddSeconds(seconds),
        Step = TimeSpan.FromSeconds(step),
    };

    private static long Ms(double seconds) => Noon.AddSeconds(seconds).ToUnixTimeMilliseconds();

    private async Task<IReadOnlyList<(long UnixMilliseconds, double Value)>> Points(SeriesQuery query) =>
        (await Store.QuerySeriesAsync(query, CancellationToken.None)).SingleOrDefault()?.Points ?? [];

    private async Task RollUpAll(DateTimeOffset now)
    {
        for (var calls = 0; await Store.RollUpAsync(now, CancellationToken.None); calls++)
        {
            calls.ShouldBeLessThan(1_000, "a rollup must come to its end");
        }
    }

    // Sums of doubles depend on the order in which they are added.
    private static void ShouldAgree(
        IReadOnlyList<(long UnixMilliseconds, double Value)> actual, IReadOnlyList<(long UnixMilliseconds, double Value)> expected)
    {
        actual.Select(point => point.UnixMilliseconds).ShouldBe(expected.Select(point => point.UnixMilliseconds));
        foreach (var (now, then) in actual.Zip(expected))
        {
            now.Value.ShouldBe(then.Value, 1e-9 * Math.Max(1, Math.Abs(then.Value)));
        }
    }
}
