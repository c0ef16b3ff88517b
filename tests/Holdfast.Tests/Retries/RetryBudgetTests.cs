using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class RetryBudgetTests
{
    private readonly RetryBudget _budget = new();

    [Fact]
    public void A_rested_destination_gets_a_burst_and_then_the_rate()
    {
        var burst = Enumerable.Range(0, 100).Count(_ => Take(0) is null);
        var beyond = Take(0);
        var later = Enumerable.Range(0, 60).Count(_ => Take(1) is null);

        burst.ShouldBe(100);
        beyond.ShouldBe(TimeSpan.FromMilliseconds(20));
        later.ShouldBe(50);
    }

    [Fact]
    public void Those_who_are_sent_away_come_back_at_the_rate()
    {
        Empty();

        var waits = Enumerable.Range(0, 50).Select(_ => Take(0)!.Value.TotalMilliseconds).ToList();

        waits.ShouldBe(Enumerable.Range(1, 50).Select(turn => turn * 20.0));
    }

    [Fact]
    public void Nobody_is_sent_away_for_longer_than_a_minute()
    {
        Empty();

        var longest = Enumerable.Range(0, 10_000).Max(_ => Take(0));

        longest.ShouldBe(RetryBudget.WaitMax);
    }

    [Fact]
    public void Without_a_rate_there_is_no_limit() =>
        Enumerable.Range(0, 1_000).ShouldAllBe(_ => _budget.Take(TimeSpan.Zero, 0, 0) == null);

    private void Empty()
    {
        for (var i = 0; i < 100; i++)
        {
            Take(0).ShouldBeNull();
        }
    }

    private TimeSpan? Take(double seconds) => _budget.Take(TimeSpan.FromSeconds(seconds), 50, 100);
}
