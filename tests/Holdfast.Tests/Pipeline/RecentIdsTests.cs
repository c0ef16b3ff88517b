using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public class RecentIdsTests
{
    private readonly Guid[] _ids = [.. Enumerable.Range(0, 5).Select(_ => Guid.NewGuid())];

    [Fact]
    public void Repeats_are_counted_within_a_list_and_across_lists()
    {
        var recent = new RecentIds();

        recent.CountRepeats([_ids[0], _ids[1], _ids[0]]).ShouldBe(1);
        recent.CountRepeats([_ids[1], _ids[2]]).ShouldBe(1);
    }

    [Fact]
    public void The_oldest_is_forgotten_beyond_the_capacity()
    {
        var recent = new RecentIds(capacity: 2);
        recent.CountRepeats([_ids[0], _ids[1], _ids[2]]);

        recent.CountRepeats([_ids[1]]).ShouldBe(1);
        recent.CountRepeats([_ids[0]]).ShouldBe(0);
    }
}
