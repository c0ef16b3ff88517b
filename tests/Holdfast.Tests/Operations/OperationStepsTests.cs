using Holdfast.Operations;

namespace Holdfast.Tests.Operations;

public class OperationStepsTests
{
    [Fact]
    public void A_canary_is_one_then_ten_then_a_tenth_then_the_rest() =>
        Enumerable.Range(0, OperationSteps.Count).Select(step => OperationSteps.SizeOf(Canary(step))).ShouldBe([1, 10, 10_000, null]);

    [Fact]
    public void Without_a_canary_everything_is_the_rest() => OperationSteps.SizeOf(Canary(0) with { Canary = false }).ShouldBeNull();

    [Theory]
    [InlineData(0, 1, 0, 1, true)]
    [InlineData(0, 1, 1, 0, false)]
    [InlineData(0, 1, 0, 0, false)]
    [InlineData(1, 10, 5, 5, false)]
    [InlineData(1, 10, 4, 6, true)]
    [InlineData(1, 10, 0, 9, false)] // the tenth is not known yet
    [InlineData(2, 10_000, 9, 11, true)] // 20 say enough
    [InlineData(2, 10_000, 9, 10, false)]
    [InlineData(3, 500, 0, 99, false)] // the rest is judged often: 100 say enough
    [InlineData(3, 500, 0, 100, true)]
    public void It_stops_once_more_than_half_of_what_is_known_has_failed(int step, long taken, long succeeded, long failed, bool stops) =>
        OperationSteps.MustStop(Canary(step), new OperationProgress(taken, succeeded, failed, 0)).ShouldBe(stops);

    [Theory]
    [InlineData(0, 1, 1, 0, true)]
    [InlineData(0, 1, 0, 0, false)]
    [InlineData(1, 9, 9, 0, false)]
    [InlineData(1, 10, 7, 3, true)]
    [InlineData(3, 500, 500, 0, false)]
    public void A_step_is_done_when_it_took_what_it_may_and_all_of_it_is_known(int step, long taken, long succeeded, long failed, bool done) =>
        IsDone(Canary(step), new OperationProgress(taken, succeeded, failed, 0)).ShouldBe(done);

    [Fact]
    public void A_step_is_not_done_while_items_from_before_it_are_on_their_way()
    {
        var resumed = Canary(1) with { StepBase = new OperationProgress(500, 0, 20, 0), Progress = new OperationProgress(510, 10, 20, 0) };

        OperationSteps.Next(resumed).ShouldBe(OperationMove.Wait);
        OperationSteps.Next(resumed with { Progress = new OperationProgress(510, 490, 20, 0) }).ShouldBe(OperationMove.Advance);
    }

    [Fact]
    public void Among_the_rest_what_went_well_before_does_not_make_up_for_what_fails_now()
    {
        var rest = Canary(3) with { StepBase = new OperationProgress(50_000, 50_000, 0, 0), Progress = new OperationProgress(50_500, 50_040, 60, 0) };

        OperationSteps.Next(rest).ShouldBe(OperationMove.Stop);
        OperationSteps.Next(rest with { Progress = new OperationProgress(51_500, 51_000, 0, 0) }).ShouldBe(OperationMove.Advance);
    }

    [Fact]
    public void What_has_nothing_left_to_take_does_not_stop_but_tells_what_failed()
    {
        var last = Canary(1) with { AllTaken = true, StepBase = new OperationProgress(1, 1, 0, 0), Progress = new OperationProgress(5, 1, 3, 0) };

        OperationSteps.Next(last).ShouldBe(OperationMove.Wait);
        OperationSteps.Next(last with { Progress = new OperationProgress(5, 1, 4, 0) }).ShouldBe(OperationMove.Complete);
    }

    [Theory]
    [InlineData(0, null, 9_990, 10)]
    [InlineData(0, null, 9_000, 500)]
    [InlineData(0, 40.0, 0, 40)]
    [InlineData(0, 0.5, 0, 1)]
    public void A_portion_is_as_large_as_rate_and_what_is_on_its_way_allow(long succeeded, double? rate, long waiting, int portion)
    {
        var rest = Canary(3) with { RatePerSecond = rate, Progress = new OperationProgress(succeeded + waiting, succeeded, 0, 0) };

        OperationSteps.PortionOf(rest).ShouldBe(portion);
    }

    [Fact]
    public void No_more_is_taken_while_too_much_is_on_its_way() =>
        OperationSteps.Next(Canary(3) with { Progress = new OperationProgress(10_000, 0, 0, 0) }).ShouldBe(OperationMove.Wait);

    private static bool IsDone(BulkOperation operation, OperationProgress step) => OperationSteps.IsDone(operation with { Progress = step }, step);

    private static BulkOperation Canary(int step) => new()
    {
        Id = Guid.Empty,
        Kind = OperationKind.Replay,
        Over = OperationOver.Retries,
        Filter = "{}",
        Actor = "local",
        CreatedAt = default,
        Cutoff = default,
        Canary = true,
        Matched = 100_000,
        Step = step,
    };
}
