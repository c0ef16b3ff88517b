using Holdfast.Monitoring.Adapters;
using Holdfast.Pipeline;

namespace Holdfast.Tests.Monitoring.Adapters;

public class RolloutSharesTests
{
    private static readonly Guid[] Ids = [.. Enumerable.Range(0, 20_000).Select(i => new Guid(i, 7, 0x7000, 0x80, 0, 1, 2, 3, 4, 5, 6))];

    [Theory]
    [InlineData("Critical", 20_000)]
    [InlineData("Performance", 10_000)]
    [InlineData("UserActivity", 0)]
    [InlineData("System", 20_000)]
    [InlineData("Debug", 0)]
    public void A_category_is_carried_by_its_share(string category, int expected)
    {
        var carried = Ids.Count(id => RolloutShares.Default.Carries(Enum.Parse<EventCategory>(category), id));

        carried.ShouldBeInRange(expected - 300, expected + 300);
    }

    [Fact]
    public void An_event_keeps_its_side_and_a_raised_share_only_adds()
    {
        var (tenth, half) = (Of(10), Of(50));

        var carried = Ids.Where(id => tenth.Carries(EventCategory.Debug, id)).ToList();

        carried.ShouldAllBe(id => tenth.Carries(EventCategory.Debug, id) && half.Carries(EventCategory.Debug, id));
        carried.Count.ShouldBeInRange(1_800, 2_200);
    }

    [Fact]
    public void A_share_may_be_less_than_a_percent() => Ids.Count(id => Of(0.5).Carries(EventCategory.Debug, id)).ShouldBeInRange(60, 140);

    private static RolloutShares Of(double percent) => new(new CategoryPercents(0, 0, 0, 0, percent));
}
