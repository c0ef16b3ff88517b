using Holdfast.Monitoring;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Monitoring;

/// <summary>Which epochs a node tells, and from where.</summary>
public sealed class LiveHeadsTests
{
    private static readonly Guid Own = Guid.NewGuid();
    private static readonly Guid Other = Guid.NewGuid();

    private readonly LiveHeads _started = new() { Own = Own, Told = LivePositions.Of(Own, 10), IsComplete = false };

    [Fact]
    public void What_others_had_stored_before_the_first_look_is_history()
    {
        var heads = _started.Learn([new EpochHead(Other, 500, 0)]);

        heads.IsComplete.ShouldBeTrue();
        heads.Told.In(Other).ShouldBe(500);
        heads.Told.In(Own).ShouldBe(10);
    }

    [Fact]
    public void What_watchers_had_not_seen_when_they_came_before_the_first_look_is_told()
    {
        var awaited = _started.Await(LivePositions.Of(Other, 480)).Await(LivePositions.Of(Other, 470)).Await(LivePositions.Of(Other, 490));

        awaited.Learn([new EpochHead(Other, 500, 0)]).Told.In(Other).ShouldBe(470);
        awaited.Learn([new EpochHead(Other, 400, 0)]).Told.In(Other).ShouldBe(400, "more than is stored cannot have been told");
    }

    [Fact]
    public void A_node_that_comes_later_is_told_from_its_first_event()
    {
        var heads = _started.Learn([]).Learn([new EpochHead(Other, 3, 0)]);

        heads.Told.In(Other).ShouldBe(0);
    }

    [Fact]
    public void An_epoch_that_was_silent_for_long_goes_on_where_it_was()
    {
        var forgotten = _started.Learn([new EpochHead(Other, 500, 0)]).Learn([]);
        var heads = forgotten.Learn([new EpochHead(Other, 510, ResumedAfter: 500)]);

        forgotten.Told.In(Other).ShouldBeNull();
        heads.Told.In(Other).ShouldBe(500);
        heads.Beginnings.In(Other).ShouldBe(500);
    }

    [Fact]
    public void An_epoch_that_a_look_leaves_out_because_too_many_others_wrote_goes_on_where_it_was()
    {
        var others = Enumerable.Range(0, LiveCursor.EpochsMax).Select(_ => new EpochHead(Guid.NewGuid(), 1, 0)).ToList();
        var known = _started.Learn([new EpochHead(Other, 500, 0)]);

        var back = known.Learn(others).Learn(others).Learn([new EpochHead(Other, 510, 0), .. others.Skip(1)]);
        var ended = known.Learn(others).Learn(others[1..]).Learn([new EpochHead(Other, 3, 0)]);

        back.Told.In(Other).ShouldBe(500);
        ended.Told.In(Other).ShouldBe(0, "it was not there, and is new");
    }

    [Fact]
    public void What_is_known_is_not_told_again_however_far_the_store_has_come()
    {
        var heads = _started.Learn([new EpochHead(Other, 500, 0)]).Learn([new EpochHead(Other, 600, 0)]);

        heads.Told.In(Other).ShouldBe(500);
        heads.PassOver([new EpochHead(Other, 600, 0)]).Told.In(Other).ShouldBe(600);
    }

    [Fact]
    public void The_own_epoch_is_never_taken_from_the_store()
    {
        EpochHead[] stored = [new(Own, 5_000, 7)];

        var heads = _started.Learn(stored).PassOver(stored);

        heads.Told.In(Own).ShouldBe(10);
    }

    [Fact]
    public void What_watchers_await_is_bounded()
    {
        var awaited = Enumerable.Range(0, 1_000).Aggregate(_started, (heads, _) => heads.Await(LivePositions.Of(Guid.NewGuid(), 1)));

        awaited.Await(LivePositions.Of(Other, 3)).Learn([new EpochHead(Other, 9, 0)]).Told.In(Other).ShouldBe(9);
    }
}
