using Holdfast.Monitoring;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Monitoring;

public sealed class CatchUpPlanTests
{
    private static readonly Guid Own = Guid.NewGuid();
    private static readonly Guid Other = Guid.NewGuid();
    private static readonly Guid Third = Guid.NewGuid();

    private readonly LiveHeads _heads = new LiveHeads { Own = Own, Told = LivePositions.Of(Own, 10), IsComplete = false }
        .Learn([new EpochHead(Other, 50, 30), new EpochHead(Own, 8, 0)]);

    [Fact]
    public void A_new_watcher_has_missed_nothing()
    {
        CatchUpPlan.For(LivePositions.None, _heads).ShouldBeEmpty();
    }

    [Fact]
    public void Every_epoch_goes_on_where_the_watcher_stood_and_this_nodes_own_comes_last()
    {
        var plan = CatchUpPlan.For(LivePositions.Of(Own, 4).With(Other, 45), _heads);

        plan.ShouldBe([new CatchUpRange(Other, 45, 50), new CatchUpRange(Own, 4, 10)]);
    }

    [Fact]
    public void An_epoch_that_the_watcher_has_not_heard_of_is_sent_from_where_it_resumed()
    {
        CatchUpPlan.For(LivePositions.Of(Own, 10), _heads).ShouldBe([new CatchUpRange(Other, 30, 50)]);
        CatchUpPlan.For(LivePositions.Of(Other, 50), _heads).ShouldBe([new CatchUpRange(Own, 0, 10)]);
    }

    [Fact]
    public void A_watcher_that_is_ahead_has_missed_nothing() =>
        CatchUpPlan.For(LivePositions.Of(Own, 1_000).With(Other, 53), _heads).ShouldBeEmpty();

    [Fact]
    public void Of_an_epoch_that_is_not_known_the_store_is_asked_first()
    {
        var plan = CatchUpPlan.For(LivePositions.Of(Own, 9).With(Other, 50).With(Third, 7), _heads);

        plan.ShouldBe([new CatchUpRange(Third, 7, To: null), new CatchUpRange(Own, 9, 10)]);
    }

    [Fact]
    public void While_no_other_node_is_known_nothing_is_asked_of_them()
    {
        var unknowing = new LiveHeads { Own = Own, Told = LivePositions.Of(Own, 10), IsComplete = false };

        var plan = CatchUpPlan.For(LivePositions.Of(Own, 9).With(Other, 50).With(Third, 7), unknowing);

        plan.ShouldBe([new CatchUpRange(Own, 9, 10)]);
    }
}
