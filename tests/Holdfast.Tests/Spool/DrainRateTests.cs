using Holdfast.Spool;

namespace Holdfast.Tests.Spool;

public class DrainRateTests
{
    [Fact]
    public void A_steady_drain_is_learnt_within_a_minute()
    {
        var rate = default(DrainRate);

        for (var second = 0; second < 60; second++)
        {
            rate = rate.After(1_000, TimeSpan.FromSeconds(1));
        }

        rate.BytesPerSecond.ShouldBe(1_000, tolerance: 5);
    }

    [Fact]
    public void The_time_step_does_not_matter()
    {
        var once = default(DrainRate).After(10_000, TimeSpan.FromSeconds(10));
        var often = default(DrainRate);

        for (var step = 0; step < 100; step++)
        {
            often = often.After(100, TimeSpan.FromMilliseconds(100));
        }

        often.BytesPerSecond.ShouldBe(once.BytesPerSecond, tolerance: 0.001);
    }

    [Fact]
    public void Without_time_nothing_is_learnt() =>
        new DrainRate(5).After(1_000_000, TimeSpan.Zero).ShouldBe(new DrainRate(5));

    [Theory]
    [InlineData(1000, 0, 1)]
    [InlineData(1000, 500, 1)]
    [InlineData(1000, 2001, 3)]
    [InlineData(1000, 59_000, 59)]
    [InlineData(1000, 1_000_000, 60)]
    [InlineData(0, 1, 60)]
    [InlineData(0, 0, 60)]
    public void A_time_to_come_back_is_between_1_and_60_whole_seconds(double rate, long bytes, int seconds) =>
        new DrainRate(rate).TimeFor(bytes).ShouldBe(TimeSpan.FromSeconds(seconds));
}
