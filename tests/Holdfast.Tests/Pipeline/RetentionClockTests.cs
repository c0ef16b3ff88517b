using Holdfast.Pipeline;
using Holdfast.Testing;

namespace Holdfast.Tests.Pipeline;

public sealed class RetentionClockTests
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_clock_that_goes_as_it_should_is_followed()
    {
        var clock = new RetentionClock(_time, newestStored: null);

        _time.Advance(TimeSpan.FromDays(40));

        clock.Read().ShouldBe(new RetentionInstant(_time.GetUtcNow(), TimeSpan.Zero, ClockVerdict.Trusted));
    }

    [Fact]
    public void A_leap_ahead_is_not_followed_and_time_goes_on_from_where_it_was()
    {
        var clock = new RetentionClock(_time, newestStored: null);
        var before = _time.GetUtcNow();
        _time.Jump(Year);
        _time.Advance(TimeSpan.FromMinutes(10));

        var first = clock.Read();
        _time.Advance(TimeSpan.FromMinutes(10));
        var second = clock.Read();

        first.ShouldBe(new RetentionInstant(before.AddMinutes(10), Year, ClockVerdict.Jumped));
        second.ShouldBe(new RetentionInstant(before.AddMinutes(20), Year, ClockVerdict.Held));
    }

    [Fact]
    public void A_leap_that_stays_for_a_day_is_believed()
    {
        var clock = new RetentionClock(_time, newestStored: null);
        _time.Jump(Year);
        clock.Read().Verdict.ShouldBe(ClockVerdict.Jumped);

        _time.Advance(RetentionClock.ConfirmedAfter - TimeSpan.FromMinutes(1));
        clock.Read().Verdict.ShouldBe(ClockVerdict.Held);
        _time.Advance(TimeSpan.FromMinutes(1));

        clock.Read().ShouldBe(new RetentionInstant(_time.GetUtcNow(), TimeSpan.Zero, ClockVerdict.Confirmed));
    }

    [Fact]
    public void A_second_leap_starts_the_day_anew()
    {
        var clock = new RetentionClock(_time, newestStored: null);
        _time.Jump(Year);
        clock.Read();
        _time.Advance(TimeSpan.FromHours(23));
        _time.Jump(Year);
        clock.Read().Verdict.ShouldBe(ClockVerdict.Jumped);

        _time.Advance(TimeSpan.FromHours(23));

        clock.Read().Verdict.ShouldBe(ClockVerdict.Held);
    }

    [Fact]
    public void A_clock_that_comes_back_is_followed_at_once()
    {
        var clock = new RetentionClock(_time, newestStored: null);
        _time.Jump(Year);
        clock.Read();

        _time.Jump(-Year);

        clock.Read().ShouldBe(new RetentionInstant(_time.GetUtcNow(), TimeSpan.Zero, ClockVerdict.Trusted));
    }

    [Fact]
    public void After_a_start_what_is_stored_tells_how_late_it_was()
    {
        var newest = _time.GetUtcNow() - Year;

        new RetentionClock(_time, newest).Read().ShouldBe(new RetentionInstant(newest, Year, ClockVerdict.Jumped));
        new RetentionClock(_time, _time.GetUtcNow().AddHours(-20)).Read().Verdict.ShouldBe(ClockVerdict.Trusted);
    }
}
