using Holdfast.Spool;

namespace Holdfast.Tests.Spool;

public class SpoolBudgetTests
{
    [Theory]
    [InlineData(0, nameof(SpoolLevel.Ok))]
    [InlineData(699, nameof(SpoolLevel.Ok))]
    [InlineData(700, nameof(SpoolLevel.Warn))]
    [InlineData(849, nameof(SpoolLevel.Warn))]
    [InlineData(850, nameof(SpoolLevel.Slow))]
    [InlineData(949, nameof(SpoolLevel.Slow))]
    [InlineData(950, nameof(SpoolLevel.Refuse))]
    [InlineData(2000, nameof(SpoolLevel.Refuse))]
    public void Levels_begin_at_70_85_and_95_percent(long used, string level) =>
        SpoolBudget.Level(used, 1000).ToString().ShouldBe(level);

    [Theory]
    [InlineData(849, 0)]
    [InlineData(850, 50)]
    [InlineData(900, 275)]
    [InlineData(950, 500)]
    [InlineData(1500, 500)]
    public void Answers_wait_longer_the_fuller_it_is(long used, double milliseconds) =>
        SpoolBudget.Delay(used, 1000).TotalMilliseconds.ShouldBe(milliseconds, tolerance: 0.01);

    [Theory]
    [InlineData(949, 51, true)]
    [InlineData(949, 52, false)]
    [InlineData(950, 0, false)]
    [InlineData(0, 1000, true)]
    [InlineData(0, 1001, false)]
    public void An_append_is_taken_below_95_percent_and_within_the_budget(long used, long more, bool taken) =>
        SpoolBudget.Takes(used, more, 1000).ShouldBe(taken);

    [Fact]
    public void Producers_come_back_when_slowing_ends()
    {
        SpoolBudget.ExcessBytes(960, 1000).ShouldBe(110);
        SpoolBudget.ExcessBytes(500, 1000).ShouldBe(0);
    }
}
