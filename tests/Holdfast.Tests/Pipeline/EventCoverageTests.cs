using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public sealed class EventCoverageTests
{
    [Fact]
    public void Between_the_oldest_event_and_the_end_of_what_is_settled_nothing_is_unknown() =>
        new EventCoverage(Oldest: 1, SettledTo: 100, Lost: []).Unknown(0, 100).ShouldBeEmpty();

    [Fact]
    public void Below_the_oldest_event_and_above_what_is_settled_everything_is() =>
        new EventCoverage(Oldest: 10, SettledTo: 90, Lost: []).Unknown(5, 100).ShouldBe([new(6, 9), new(91, 100)]);

    [Fact]
    public void Losses_are_unknown_once_however_they_overlap_with_the_rest() =>
        new EventCoverage(Oldest: 10, SettledTo: 90, Lost: [new(50, 60), new(8, 12), new(55, 70), new(89, 200)])
            .Unknown(5, 100).ShouldBe([new(6, 9), new(10, 12), new(50, 60), new(61, 70), new(89, 100)]);

    [Fact]
    public void A_store_that_knows_nothing_leaves_all_of_it_unknown() =>
        EventCoverage.Nothing.Unknown(3, 7).ShouldBe([new(4, 7)]);
}
