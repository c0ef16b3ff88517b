using Holdfast.Pipeline;

namespace Holdfast.Tests.Pipeline;

public class EventIdsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_123);

    [Fact]
    public void They_are_uuids_of_version_7_that_begin_with_the_instant()
    {
        var id = new EventIds(Now).Next(0);

        id.Version.ShouldBe(7);
        (id.Variant & 0b1100).ShouldBe(0b1000);
        id.ToString("N")[..12].ShouldBe(Now.ToUnixTimeMilliseconds().ToString("x12"));
    }

    [Fact]
    public void They_sort_in_the_order_of_the_request()
    {
        var ids = new EventIds(Now);

        var made = Enumerable.Range(0, 20_000).Select(ids.Next).Select(id => id.ToString("N")).ToList();

        made.ShouldBe(made.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_requests_of_the_same_instant_do_not_share_any()
    {
        var (one, other) = (new EventIds(Now), new EventIds(Now));

        var made = Enumerable.Range(0, 5_000).SelectMany(i => new[] { one.Next(i), other.Next(i) });

        made.ShouldBeUnique();
    }
}
