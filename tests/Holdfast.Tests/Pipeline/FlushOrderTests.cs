using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public sealed class FlushOrderTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    private readonly FlushOrder _order = new();

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(-3_600)]
    public void Without_a_backlog_everything_goes_in_order(int? oldestAgeSeconds)
    {
        var oldest = oldestAgeSeconds is { } age ? Now.AddSeconds(-age) : (DateTimeOffset?)null;

        var turns = Enumerable.Range(0, 8).Select(_ => _order.NextFrom(oldest, Now));

        turns.ShouldAllBe(from => from == null);
    }

    [Fact]
    public void With_a_backlog_three_turns_of_four_are_for_the_newest_minute()
    {
        var turns = Enumerable.Range(0, 8).Select(_ => _order.NextFrom(Now.AddSeconds(-61), Now)).ToArray();

        var minute = Now - FlushOrder.Newest;
        turns.ShouldBe([minute, minute, minute, null, minute, minute, minute, null]);
    }

    [Fact]
    public void The_next_outage_begins_with_the_newest_again()
    {
        _order.NextFrom(Now.AddHours(-1), Now);
        _order.NextFrom(Now, Now);

        var turns = Enumerable.Range(0, 4).Select(_ => _order.NextFrom(Now.AddHours(-1), Now) is null);

        turns.ShouldBe([false, false, false, true]);
    }
}
