using FsCheck;
using FsCheck.Fluent;
using Holdfast.Retries;

namespace Holdfast.Tests.Retries;

public class RetryOrderTests
{
    private static readonly Gen<int> Priorities = Gen.Choose(RetryOrder.PriorityMin, RetryOrder.PriorityMax);

    [Fact]
    public void The_highest_priority_costs_nothing_and_the_lowest_ten_minutes()
    {
        RetryOrder.Penalty(10, strict: false).ShouldBe(TimeSpan.Zero);
        RetryOrder.Penalty(0, strict: false).ShouldBe(TimeSpan.FromMinutes(5));
        RetryOrder.Penalty(-10, strict: false).ShouldBe(TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void Nobody_is_overtaken_by_what_comes_later_than_the_difference_of_the_penalties() => Check.QuickThrowOnFailure(Prop.ForAll(
        (from early in Priorities from late in Priorities from seconds in Gen.Choose(0, 3_600) select (early, late, seconds)).ToArbitrary(),
        item =>
        {
            var (early, late, seconds) = item;
            var difference = RetryOrder.Penalty(early, strict: false) - RetryOrder.Penalty(late, strict: false);
            var overtakes = TimeSpan.FromSeconds(seconds) + RetryOrder.Penalty(late, strict: false) < RetryOrder.Penalty(early, strict: false);

            return overtakes == (TimeSpan.FromSeconds(seconds) < difference) && (!overtakes || (late > early && seconds < 600));
        }));

    [Fact]
    public void Strict_means_that_a_higher_priority_goes_first_whenever_it_comes() =>
        (RetryOrder.Penalty(0, strict: true) - RetryOrder.Penalty(1, strict: true)).ShouldBeGreaterThan(TimeSpan.FromDays(36_000));
}
