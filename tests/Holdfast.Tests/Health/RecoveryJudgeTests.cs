using FsCheck;
using FsCheck.Fluent;
using Holdfast.Health;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Health;

public sealed class RecoveryJudgeTests
{
    private static readonly DateTimeOffset Now = Some.Instant;
    private static readonly RecoveryRule Rule = new("mend", "storage", ["repair"]) { For = TimeSpan.FromSeconds(30), CoolDown = TimeSpan.FromMinutes(1), PerHour = 3 };

    [Theory]
    [InlineData(HealthState.Fail, 30, true)]
    [InlineData(HealthState.Fail, 29, false)]
    [InlineData(HealthState.Warn, 60, false)]
    [InlineData(HealthState.Pass, 60, false)]
    [InlineData(HealthState.Unknown, 60, false)]
    public void A_rule_is_about_a_state_that_has_lasted(object state, int seconds, bool applies) =>
        RecoveryJudge.Applies(Rule, ((HealthState)state, Now - TimeSpan.FromSeconds(seconds)), whileState: null, Now).ShouldBe(applies);

    [Fact]
    public void A_worse_state_counts_as_the_one_asked_for() =>
        RecoveryJudge.Applies(Rule with { State = HealthState.Warn }, (HealthState.Fail, Now - TimeSpan.FromMinutes(1)), whileState: null, Now).ShouldBeTrue();

    [Theory]
    [InlineData(HealthState.Pass, true)]
    [InlineData(HealthState.Warn, false)]
    [InlineData(HealthState.Unknown, false)]
    public void Nothing_is_done_in_the_way_of_something_else(object other, bool applies) =>
        RecoveryJudge.Applies(Rule with { While = "storage" }, (HealthState.Fail, Now - TimeSpan.FromMinutes(1)), (HealthState)other, Now).ShouldBe(applies);

    [Theory]
    [InlineData(0, 60)]
    [InlineData(1, 120)]
    [InlineData(3, 480)]
    [InlineData(6, 3_600)]
    [InlineData(60, 3_600)]
    public void What_does_not_help_is_tried_less_and_less_often(int fruitless, int seconds)
    {
        var memory = RuleMemory.Empty.Began(Now) with { Fruitless = fruitless };

        RecoveryJudge.RestsUntil(Rule, memory, memory.Runs, perHour: 100, Now).ShouldBe(Now + TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void All_rules_together_have_a_limit() =>
        RecoveryJudge.RestsUntil(Rule, RuleMemory.Empty, [Now - TimeSpan.FromMinutes(50), Now - TimeSpan.FromMinutes(10)], perHour: 2, Now).ShouldBe(Now + TimeSpan.FromMinutes(10));

    [Fact]
    public void A_limit_of_none_lets_nothing_through() => RecoveryJudge.RestsUntil(Rule, RuleMemory.Empty, [], perHour: 0, Now).ShouldNotBeNull();

    [Fact]
    public void However_often_it_is_asked_a_rule_keeps_its_limits() => Prop.ForAll<NonEmptyArray<PositiveInt>, PositiveInt, PositiveInt>((steps, perHour, coolDown) =>
    {
        var rule = Rule with { PerHour = 1 + (perHour.Get % 5), CoolDown = TimeSpan.FromSeconds(1 + (coolDown.Get % 600)) };
        var (now, memory, acted) = (Now, RuleMemory.Empty, new List<DateTimeOffset>());
        foreach (var step in steps.Get)
        {
            now += TimeSpan.FromSeconds(step.Get % 900);
            if (RecoveryJudge.RestsUntil(rule, memory, memory.Runs, perHour: 4, now) is null)
            {
                acted.Add(now);
                memory = memory.Began(now).Ended(step.Get % 2 == 0 ? RecoveryOutcomes.Repaired : RecoveryOutcomes.NotRepaired);
            }
        }

        return acted.Zip(acted.Skip(1)).All(pair => pair.Second - pair.First >= rule.CoolDown)
            && acted.All(at => acted.Count(other => other > at - RecoveryJudge.Hour && other <= at) <= Math.Min(4, rule.PerHour));
    }).QuickCheckThrowOnFailure();
}
