using Holdfast.Monitoring;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Monitoring;

public sealed class LiveSeriesTests
{
    private readonly LiveSeries _live = new();

    [Fact]
    public void Changes_are_told_once_with_the_latest_value()
    {
        _live.Note([Sample("a", 1_000, 1), Sample("a", 2_000, 2), Sample("b", 2_000, 3)]);

        _live.TakeChanges().Values.ShouldBe([(0, 2d), (1, 3d)]);
        _live.TakeChanges().Values.ShouldBeEmpty();
    }

    [Fact]
    public void A_late_sample_fills_history_and_does_not_become_the_latest()
    {
        _live.Note([Sample("a", 5_000, 5)]);
        _live.Note([Sample("a", 3_000, 3)]);

        _live.Latest().Values.ShouldBe([(0, 5d)]);
        _live.History(_ => true, 5, 4, 10).ShouldHaveSingleItem().Values.ShouldBe([null, 3d, null, 5d]);
    }

    [Fact]
    public void Values_carry_the_time_at_which_the_newest_of_them_was_measured()
    {
        _live.Note([Sample("a", 5_000, 5), Sample("b", 5_100, 1)]);
        _live.TakeChanges().MeasuredAt.ShouldBe(5_100);

        _live.Note([Sample("a", 3_000, 3)]);
        _live.TakeChanges().MeasuredAt.ShouldBe(5_000, "a late reading changes history, not what is the latest");
        _live.Latest().MeasuredAt.ShouldBe(5_100);
    }

    [Fact]
    public void History_forgets_what_is_older_than_its_window()
    {
        _live.Note([Sample("a", 1_000, 1)]);
        _live.Note([Sample("a", 1_000 + (LiveSeries.HistorySeconds * 1_000), 2)]);

        _live.History(_ => true, 1, 1, 10).ShouldHaveSingleItem().Values.ShouldBe([null]);
    }

    [Fact]
    public void The_number_of_series_is_bounded_and_what_found_no_place_is_counted()
    {
        _live.Note(Enumerable.Range(0, LiveSeries.SeriesMax + 5).Select(i => Sample($"s{i}", 1_000, i)).ToArray());

        _live.Entries().Count.ShouldBe(LiveSeries.SeriesMax);
        _live.Overflowed.ShouldBe(5);
        _live.Samples.ShouldBe(LiveSeries.SeriesMax + 5);
    }

    private static Sample Sample(string name, long at, double value) => new(SeriesDefinition.Create(name, "{}", "1", SeriesKind.Gauge), at, value);
}
