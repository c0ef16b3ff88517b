using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public sealed class RollupTests
{
    private const long Minute = RollupWidth.MinuteMilliseconds;
    private const long Hour = RollupWidth.HourMilliseconds;
    private static readonly RollupCoverage AllRolledUp = new(long.MinValue, long.MinValue, long.MaxValue, long.MaxValue);

    [Fact]
    public void Buckets_may_be_joined_in_any_grouping()
    {
        var (a, b, c) = (RollupBucket.Of(0, 5), RollupBucket.Of(1, 2), RollupBucket.Of(2, 9));

        a.Then(b).Then(c).ShouldBe(a.Then(b.Then(c)));
        a.Then(b).Then(c).ShouldBe(new RollupBucket
        {
            Count = 3,
            Total = 16,
            Smallest = 2,
            Largest = 9,
            First = 5,
            Last = 9,
            FirstAtMilliseconds = 0,
            LastAtMilliseconds = 2,
            Growth = 2 + 7,
        });
    }

    [Theory]
    [InlineData(59_999, 0)]
    [InlineData(60_000, 60_000)]
    [InlineData(-1, -60_000)]
    [InlineData(-60_000, -60_000)]
    public void An_instant_belongs_to_the_span_that_began_last(long milliseconds, long expected) =>
        RollupWidth.Floor(milliseconds, Minute).ShouldBe(expected);

    [Theory]
    [InlineData(2 * Hour, Hour)]
    [InlineData(5 * Minute, Minute)]
    [InlineData(90_000, 0)]
    [InlineData(1_000, 0)]
    public void The_coarsest_width_that_divides_the_step_answers(long step, long expectedWidth) =>
        RollupPlan.For(step, 0, 24 * Hour, AllRolledUp).ShouldBe([new RollupSegment(expectedWidth, 0, 24 * Hour)]);

    [Fact]
    public void What_is_not_rolled_up_yet_comes_from_the_next_finer_one()
    {
        var coverage = AllRolledUp with { HoursUpTo = 2 * Hour, MinutesUpTo = (2 * Hour) + (3 * Minute) };

        RollupPlan.For(Hour, 0, 4 * Hour, coverage).ShouldBe(
        [
            new RollupSegment(Hour, 0, 2 * Hour),
            new RollupSegment(Minute, 2 * Hour, (2 * Hour) + (3 * Minute)),
            new RollupSegment(0, (2 * Hour) + (3 * Minute), 4 * Hour),
        ]);
    }

    [Fact]
    public void What_is_deleted_comes_from_the_next_coarser_one()
    {
        var coverage = AllRolledUp with { MinutesFrom = Hour, SamplesFrom = 3 * Hour };

        RollupPlan.For(1_000, 0, 4 * Hour, coverage).ShouldBe(
            [new RollupSegment(Hour, 0, Hour), new RollupSegment(Minute, Hour, 3 * Hour), new RollupSegment(0, 3 * Hour, 4 * Hour)]);
    }

    [Fact]
    public void A_late_sample_for_a_deleted_time_does_not_turn_the_query_to_what_is_gone()
    {
        var coverage = new RollupCoverage(SamplesFrom: 3 * Hour, MinutesFrom: long.MinValue, MinutesUpTo: Minute, HoursUpTo: 0);

        RollupPlan.For(Minute, 0, 4 * Hour, coverage).ShouldBe([new RollupSegment(Minute, 0, 3 * Hour), new RollupSegment(0, 3 * Hour, 4 * Hour)]);
    }

    [Fact]
    public void A_value_that_is_not_finite_has_no_point()
    {
        var fold = new StepFold(1_000, Aggregation.Sum, firstPointMilliseconds: 0);
        fold.Add(RollupBucket.Of(0, double.MaxValue));
        fold.Add(RollupBucket.Of(1, double.MaxValue));
        fold.Add(RollupBucket.Of(1_000, 1));

        fold.Finish().ShouldBe([(1_000, 1)]);
    }
}
