using Holdfast.Postgres.Store;
using Holdfast.Testing;
using static Holdfast.Postgres.Store.StoreApproach;

namespace Holdfast.Storage.Tests.Postgres;

public sealed class ApproachChoiceTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ApproachChoice _choice;

    public ApproachChoiceTests() => _choice = new ApproachChoice([Rpc, Direct, View], _time);

    [Fact]
    public void A_few_rows_go_by_the_function_and_many_by_COPY()
    {
        _choice.For(500).ShouldBe([Rpc, Direct, View]);
        _choice.For(501).ShouldBe([Direct, Rpc, View]);
    }

    [Fact]
    public void One_that_is_closed_goes_last_and_is_tried_again_after_a_minute()
    {
        _choice.Closed(Rpc);

        _choice.For(1).ShouldBe([Direct, View, Rpc]);
        _time.Advance(TimeSpan.FromSeconds(59));
        _choice.For(1).ShouldBe([Direct, View, Rpc]);
        _time.Advance(TimeSpan.FromSeconds(1));
        _choice.For(1).ShouldBe([Rpc, Direct, View]);
    }

    [Fact]
    public void One_that_is_still_closed_when_tried_again_waits_another_minute()
    {
        _choice.Closed(Direct);
        _time.Advance(TimeSpan.FromSeconds(60));

        _choice.Closed(Direct);

        _choice.For(5_000).ShouldBe([Rpc, View, Direct]);
    }

    [Fact]
    public void That_it_is_closed_or_open_again_is_news_once()
    {
        _choice.Closed(View).ShouldBeTrue();
        _choice.Closed(View).ShouldBeFalse();
        _choice.Worked(View).ShouldBeTrue();
        _choice.Worked(View).ShouldBeFalse();
    }

    [Fact]
    public void When_all_are_closed_all_are_tried()
    {
        _choice.Closed(Rpc);
        _choice.Closed(Direct);
        _choice.Closed(View);

        _choice.For(1).ShouldBe([Rpc, Direct, View]);
    }

    [Fact]
    public void One_that_is_not_allowed_is_never_tried() => new ApproachChoice([View], _time).For(1).ShouldBe([View]);
}
