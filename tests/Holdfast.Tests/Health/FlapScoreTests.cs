using FsCheck;
using FsCheck.Fluent;
using Holdfast.Health;

namespace Holdfast.Tests.Health;

public sealed class FlapScoreTests
{
    [Fact]
    public void What_never_changes_does_not_flap() => FlapScore.Of(Results(new string('f', 21))).ShouldBe(0);

    [Fact]
    public void What_changes_every_time_flaps_by_a_hundred() =>
        FlapScore.Of(Results(string.Concat(Enumerable.Repeat("pf", 10)) + "p")).ShouldBe(100, tolerance: 1e-9);

    [Fact]
    public void A_new_change_counts_half_as_much_again_as_an_old_one()
    {
        var old = FlapScore.Of(Results("f" + new string('p', 20)));
        var young = FlapScore.Of(Results(new string('p', 20) + "f"));

        old.ShouldBe(4, tolerance: 1e-9);
        young.ShouldBe(6, tolerance: 1e-9);
    }

    [Fact]
    public void Few_results_count_as_if_nothing_had_changed_before() => FlapScore.Of(Results("pf")).ShouldBe(6, tolerance: 1e-9);

    [Fact]
    public void It_is_a_share() => Prop.ForAll<bool[]>(results =>
        FlapScore.Of([.. results.TakeLast(FlapScore.Window).Select(good => good ? HealthState.Pass : HealthState.Fail)]) is >= 0 and <= 100 + 1e-9).QuickCheckThrowOnFailure();

    private static HealthState[] Results(string results) => [.. results.Select(result => result == 'p' ? HealthState.Pass : HealthState.Fail)];
}
