using Holdfast.Events;

namespace Holdfast.Tests.Events;

public sealed class RouteTableTests
{
    private readonly RouteTable<string> _table = RouteTable<string>.Empty
        .With(new EventPattern("*.failed"), "failures")
        .With(new EventPattern("sql.query.failed"), "queries")
        .With(new EventPattern("*"), "all");

    [Fact]
    public void A_type_that_only_patterns_match_has_subscribers() => _table.For("disk.failed").ShouldBe(["failures", "all"]);

    [Fact]
    public void Exact_subscribers_come_before_those_by_pattern() => _table.For("sql.query.failed").ShouldBe(["queries", "failures", "all"]);

    [Fact]
    public void Who_is_taken_out_gets_nothing_more()
    {
        _table.For("disk.failed").ShouldContain("failures");

        _table.Without("failures").For("disk.failed").ShouldBe(["all"]);
    }

    [Fact]
    public void Who_is_put_in_gets_types_that_were_asked_for_before()
    {
        _table.For("disk.failed");

        _table.With(new EventPattern("disk.*"), "disks").For("disk.failed").ShouldBe(["failures", "all", "disks"]);
    }

    [Fact]
    public void However_many_types_there_are_a_bounded_number_is_remembered()
    {
        foreach (var number in Enumerable.Range(0, 20_000))
        {
            _table.For($"made.up.{number}").ShouldBe(["all"]);
        }

        _table.Cached.ShouldBeLessThanOrEqualTo(2 * RouteTable<string>.CachedTypes);
    }

    [Fact]
    public void A_type_that_is_asked_for_again_is_remembered_in_a_flood_of_others()
    {
        var cache = new TypeCache<string>(10);
        cache.Add("hot", "found");

        foreach (var number in Enumerable.Range(0, 1_000))
        {
            cache.TryGet("hot", out var found).ShouldBeTrue();
            found.ShouldBe("found");
            cache.Add($"cold.{number}", "found");
        }

        cache.TryGet("cold.1", out _).ShouldBeFalse();
        cache.Count.ShouldBeLessThanOrEqualTo(20);
    }
}
