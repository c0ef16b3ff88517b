using Holdfast.Access;
using Holdfast.Testing;

namespace Holdfast.Tests.Access;

public sealed class RateTableTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_sixth_of_a_minute_may_come_at_once_and_then_the_rate_counts()
    {
        var table = new RateTable(_time);

        Enumerable.Range(0, 20).ShouldAllBe(_ => table.Take("ana", 120) == null);
        table.Take("ana", 120).ShouldBe(TimeSpan.FromSeconds(0.5));
        _time.Advance(TimeSpan.FromSeconds(0.5));

        table.Take("ana", 120).ShouldBeNull();
        table.Take("ana", 120).ShouldNotBeNull();
    }

    [Fact]
    public void Over_a_long_time_nobody_gets_more_than_the_rate()
    {
        var table = new RateTable(_time);
        var taken = 0;

        for (var step = 0; step < 6_000; step++)
        {
            taken += table.Take("ana", 60) is null ? 1 : 0;
            _time.Advance(TimeSpan.FromSeconds(0.1));
        }

        taken.ShouldBeInRange(600, 611);
    }

    [Fact]
    public void One_caller_costs_no_other_anything()
    {
        var table = new RateTable(_time);

        while (table.Take("loud", 60) is null)
        {
        }

        table.Take("quiet", 60).ShouldBeNull();
    }

    [Fact]
    public void Zero_is_no_limit() => Enumerable.Range(0, 10_000).ShouldAllBe(_ => new RateTable(_time).Take("ana", 0) == null);

    [Fact]
    public void A_full_table_grows_no_further_and_forgets_who_is_idle()
    {
        var table = new RateTable(_time, callersMax: 100);

        for (var who = 0; who < 100_000; who++)
        {
            table.Take($"{who}", 60);
        }

        table.Callers.ShouldBe(101);
        table.Take("newcomer", 60).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromHours(30));
        table.Take("newcomer", 60).ShouldBeNull();
        table.Callers.ShouldBe(1);
    }
}
