using Holdfast.Postgres.Store;

namespace Holdfast.Storage.Tests.Postgres;

public sealed class TimeWindowsTests
{
    private const long Second = 1_000_000;

    [Theory]
    [InlineData(0, 1_000_000 * Second, 900_000 * Second)]
    [InlineData(0, 1_000_000 * Second, 2_000_000 * Second)]
    [InlineData(-5_000_000_000 * Second, 1_000_000 * Second, 0)]
    [InlineData(0, 5 * Second, 100 * Second)]
    [InlineData(0, 100 * Second, -100 * Second)]
    [InlineData(0, 1, 0)]
    public void The_windows_cover_the_time_without_gap_or_overlap_newest_first(long from, long to, long now)
    {
        var windows = TimeWindows.NewestFirst(from, to, now).ToList();

        windows[0].To.ShouldBe(to);
        windows[^1].From.ShouldBe(from);
        windows.Zip(windows.Skip(1)).ShouldAllBe(pair => pair.First.From == pair.Second.To);
        windows.ShouldAllBe(window => window.From < window.To);
        windows.Count.ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public void The_first_window_holds_the_last_seconds_and_whatever_lies_ahead() =>
        TimeWindows.NewestFirst(0, 1_000 * Second, 500 * Second).First().ShouldBe(new TimeWindow(490 * Second, 1_000 * Second));

    [Fact]
    public void A_time_that_ends_before_it_begins_has_no_windows() => TimeWindows.NewestFirst(10, 10, 0).ShouldBeEmpty();
}
