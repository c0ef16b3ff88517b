using Holdfast.Health;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Health;

public sealed class ServiceLevelsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ServiceLevels _levels = new(ServiceHistory.None);
    private DateTimeOffset _now = Some.Instant;

    [Fact]
    public void Nothing_is_said_of_what_was_never_measured() =>
        _levels.Measure(_now).ShouldAllBe(level => level.Uptime == null && level.Errors == null && level.Measured == TimeSpan.Zero);

    [Fact]
    public void Time_that_is_up_counts_and_time_that_is_not_uses_up_what_is_allowed()
    {
        Pass(TimeSpan.FromMinutes(59), up: true);
        Pass(TimeSpan.FromSeconds(3), up: false);

        var hour = _levels.Measure(_now)[0];

        hour.Measured.ShouldBe(TimeSpan.FromSeconds((59 * 60) + 3));
        hour.Uptime.ShouldNotBeNull().ShouldBe((59 * 60) / ((59 * 60) + 3.0), tolerance: 1e-9);
        hour.DownLeft.ShouldBe(TimeSpan.FromSeconds(0.6));
    }

    [Fact]
    public void Time_in_which_the_process_did_not_run_was_down()
    {
        Pass(TimeSpan.FromMinutes(10), up: true);
        _now += TimeSpan.FromMinutes(10);
        Pass(TimeSpan.FromMinutes(10), up: true);

        _levels.Measure(_now)[0].Uptime.ShouldNotBeNull().ShouldBe(2 / 3.0, tolerance: 1e-9);
    }

    [Fact]
    public void A_window_forgets_what_lies_before_it_and_a_longer_one_does_not()
    {
        Pass(TimeSpan.FromMinutes(10), up: false);
        Pass(TimeSpan.FromHours(2), up: true);

        var levels = _levels.Measure(_now);

        levels[0].Uptime.ShouldBe(1);
        levels[1].Uptime.ShouldNotBeNull().ShouldBeLessThan(1);

        // It is measured from the first look on, and what was not up before that is nobody's.
        levels[2].DownLeft.ShouldBe((TimeSpan.FromDays(30) * 0.001) - (TimeSpan.FromMinutes(10) - Second));
    }

    [Fact]
    public void What_failed_is_a_share_of_what_was_asked_for()
    {
        _levels.Add(_now, new ServiceBucket(Second, Total: 10_000, Failed: 2));

        var hour = _levels.Measure(_now)[0];

        hour.Errors.ShouldBe(0.0002);
        hour.FailuresLeft.ShouldBe(8);
    }

    [Fact]
    public void It_goes_on_where_the_process_before_it_ended()
    {
        Pass(TimeSpan.FromMinutes(30), up: true);
        var again = new ServiceLevels(_levels.Remember());

        var before = _levels.Measure(_now);

        again.Measure(_now).ShouldBe(before);
    }

    [Fact]
    public void What_is_kept_is_bounded_and_a_clock_that_was_wrong_leaves_nothing_behind()
    {
        _levels.Add(_now + TimeSpan.FromDays(400), new ServiceBucket(Second, 1, 0));
        for (var minute = 0; minute < 40 * 24 * 60; minute++)
        {
            _levels.Add(_now + TimeSpan.FromMinutes(minute), new ServiceBucket(Second, 1, 0));
        }

        var kept = _levels.Remember();

        kept.Minutes.Count.ShouldBe(24 * 60);
        kept.Hours.Count.ShouldBe(30 * 24);
    }

    [Fact]
    public void A_clock_that_runs_ahead_for_a_while_takes_nothing_away()
    {
        Pass(TimeSpan.FromMinutes(30), up: true);
        var before = _levels.Measure(_now);
        _now += TimeSpan.FromDays(400);
        Pass(TimeSpan.FromMinutes(3), up: true);
        _now -= TimeSpan.FromDays(400) + TimeSpan.FromMinutes(3);

        _levels.Measure(_now).ShouldBe(before);
        Pass(TimeSpan.FromMinutes(20), up: true);

        _levels.Measure(_now).ShouldAllBe(level => level.Uptime == 1 && level.Measured == TimeSpan.FromMinutes(50));
    }

    [Fact]
    public void What_was_first_measured_by_a_clock_that_was_ahead_counts_from_when_it_comes_back()
    {
        _now += TimeSpan.FromDays(400);
        Pass(TimeSpan.FromMinutes(3), up: true);
        _now -= TimeSpan.FromDays(400);

        Pass(TimeSpan.FromMinutes(20), up: true);

        _levels.Measure(_now)[0].ShouldSatisfyAllConditions(hour => hour.Measured.ShouldBe(TimeSpan.FromMinutes(20)), hour => hour.Uptime.ShouldBe(1));
    }

    [Fact]
    public void What_a_clock_that_was_ahead_has_measured_says_nothing_of_the_time_when_it_comes()
    {
        Pass(TimeSpan.FromMinutes(10), up: true);
        _now += TimeSpan.FromMinutes(10);
        Pass(TimeSpan.FromMinutes(10), up: true);
        _now -= TimeSpan.FromMinutes(20);

        Pass(TimeSpan.FromMinutes(30), up: false);

        _levels.Measure(_now)[0].Uptime.ShouldNotBeNull().ShouldBe(10 / 40.0, tolerance: 0.01);
    }

    [Fact]
    public void Minutes_count_however_much_a_clock_that_was_ahead_has_left_behind()
    {
        _now += TimeSpan.FromDays(400);
        for (var minute = 0; minute < 40 * 24 * 60; minute++)
        {
            _levels.Add(_now + TimeSpan.FromMinutes(minute), new ServiceBucket(Second, 1, 0));
        }

        _now -= TimeSpan.FromDays(400);
        Pass(TimeSpan.FromMinutes(20), up: true);

        _levels.Measure(_now).ShouldAllBe(level => level.Uptime == 1);
    }

    private void Pass(TimeSpan time, bool up)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Second)
        {
            _now += Second;
            _levels.Add(_now, new ServiceBucket(up ? Second : TimeSpan.Zero, 0, 0));
        }
    }
}
