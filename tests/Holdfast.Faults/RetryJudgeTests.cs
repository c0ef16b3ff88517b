using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>A judge that never finds anything proves nothing: here are histories that must not be.</summary>
public sealed class RetryJudgeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Item = Guid.Parse("0195b9a0-1111-7000-8000-000000000001");

    [Fact]
    public void A_history_with_a_lost_worker_and_a_replay_is_clean()
    {
        var verdict = Decide([Line("crashed", 1), Line("retried", 2), Line("failed", 3), Line("requeued"), Line("completed", 4)], calledUnder: 4);

        verdict.ShouldBeDone();
        (verdict.Completed, verdict.Crashes).ShouldBe((1, 1));
    }

    [Fact]
    public void What_three_workers_were_lost_over_ends_as_a_dead_letter()
    {
        var verdict = Decide([Line("crashed", 1), Line("crashed", 2), Line("crashed", 3), Line("dead_lettered", 3)], calledUnder: 3, "dead_letter");

        verdict.ShouldBeClean();
        verdict.DeadLettered.ShouldBe(1);
    }

    [Fact]
    public void An_item_that_is_nowhere_is_lost() => Decide([Line("retried", 1)], calledUnder: 1).Lost.ShouldBe(1);

    [Fact]
    public void An_item_in_two_places_is_doubled()
    {
        Decide([Line("completed", 1)], calledUnder: 1, "pending").Doubled.ShouldBe(1);
        Decide([], calledUnder: 1, "pending", "processing").Doubled.ShouldBe(1);
    }

    [Fact]
    public void An_item_that_ends_twice_is_doubled()
    {
        Decide([Line("completed", 1), Line("completed", 2)], calledUnder: 2).Doubled.ShouldBe(1);
        Decide([Line("failed", 1), Line("requeued"), Line("requeued"), Line("completed", 2)], calledUnder: 2).Doubled.ShouldBe(1);
        Decide([Line("completed", 1), Line("crashed", 2)], calledUnder: 2).Doubled.ShouldBe(1);
    }

    [Fact]
    public void An_outcome_under_a_token_that_is_not_the_highest_is_stale()
    {
        Decide([Line("crashed", 2), Line("completed", 1)], calledUnder: 2).StaleAccepted.ShouldBe(1);
        Decide([Line("crashed", 1), Line("completed", 1)], calledUnder: 1).StaleAccepted.ShouldBe(1);
    }

    [Fact]
    public void An_outcome_that_the_target_knows_better_is_stale()
    {
        Decide([Line("completed", 1)], calledUnder: 2).StaleAccepted.ShouldBe(1, "somebody had it later");
        Decide([Line("completed", 2)], calledUnder: 1).StaleAccepted.ShouldBe(1, "nobody called");
    }

    [Fact]
    public void The_times_of_a_takeover_are_told_by_loss()
    {
        var (first, second, other) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var history = new RetryHistory(
            [Line("crashed", 1, first), Line("crashed", 2, first), Line("crashed", 9, second), Line("crashed", 9, other)],
            [],
            [new(first, "victim", Noon), new(second, "victim", Noon.AddSeconds(0.7)), new(other, "steady", Noon)]);

        var times = history.TakenOverAfter("victim", [Noon.AddSeconds(0.5), Noon.AddSeconds(5)]);

        times.ShouldBe([TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(4)]);
    }

    private int _lines;

    /// <summary>Lines come a second apart, in the order in which they are made.</summary>
    private RetryLine Line(string kind, long? token = null, Guid? process = null) =>
        new(Item, process is null ? Noon.AddSeconds(_lines++) : Noon.AddSeconds(token!.Value), kind, token, process);

    private static RetryVerdict Decide(RetryLine[] lines, long calledUnder, params string[] places) =>
        RetryJudge.Decide([Item], new RetryHistory(lines, [.. places.Select(status => new RetryPlace(Item, status))], []), [new Call(Item, calledUnder)]);
}
