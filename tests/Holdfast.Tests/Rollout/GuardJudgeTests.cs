using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Rollout;

namespace Holdfast.Tests.Rollout;

public class GuardJudgeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<FlagSample> _samples = [];

    private readonly GuardedRollout _rollout = new()
    {
        Variant = "on",
        Steps = [1_000, 5_000, 25_000, 50_000, 100_000],
        Soak = TimeSpan.FromMinutes(10),
        BeganAt = Noon,
        StepBeganAt = Noon,
        Because = "",
    };

    [Fact]
    public void It_soaks_for_as_long_as_was_said()
    {
        Measure(0, 599, errors: 0);

        Decide(599).ShouldBe((RolloutMove.Stay, "It soaks for another 1 s."));
    }

    [Fact]
    public void It_goes_on_when_the_step_went_well()
    {
        Measure(0, 600, errors: 0);

        Decide(600).Move.ShouldBe(RolloutMove.Advance);
    }

    [Fact]
    public void It_is_completed_after_its_last_step()
    {
        Measure(0, 600, errors: 0);

        Decide(600, _rollout with { Step = 4 }).Move.ShouldBe(RolloutMove.Complete);
    }

    [Fact]
    public void It_waits_for_samples()
    {
        Measure(0, 40, errors: 0);

        Decide(3_000).ShouldBe((RolloutMove.Stay, "It waits for samples: 40 of 100."));
    }

    [Fact]
    public void It_goes_by_time_alone_when_no_samples_are_asked_for() =>
        Decide(600, _rollout with { Guards = new RolloutGuards { SamplesMin = 0 } }).Move.ShouldBe(RolloutMove.Advance);

    [Theory]
    [InlineData(0.05, false)]
    [InlineData(0.1, true)]
    [InlineData(1.0, true)]
    public void Errors_above_the_share_that_may_be_roll_it_back_when_they_last_for_the_window(double rate, bool isRolledBack)
    {
        Measure(0, 300, errors: rate);

        Decide(300).Move.ShouldBe(isRolledBack ? RolloutMove.RollBack : RolloutMove.Stay);
    }

    [Fact]
    public void Errors_that_have_not_lasted_long_enough_roll_nothing_back()
    {
        Measure(0, 100, errors: 0);
        Measure(100, 320, errors: 1);
        Decide(320).Move.ShouldBe(RolloutMove.Stay);

        Measure(320, 400, errors: 1);
        Decide(400).Move.ShouldBe(RolloutMove.RollBack);
    }

    [Fact]
    public void A_burst_of_errors_rolls_nothing_back_and_the_step_waits_until_it_is_outweighed()
    {
        Measure(0, 540, errors: 0);
        Measure(540, 600, errors: 1);

        var (move, because) = Decide(600);

        move.ShouldBe(RolloutMove.Stay);
        because.ShouldContain("10 % of its requests failed");
    }

    [Fact]
    public void Few_samples_prove_nothing()
    {
        for (var second = 0; second < 300; second += 30)
        {
            Add(second, "on", requests: 5, errors: 5, latency: 10);
        }

        Decide(300).Move.ShouldBe(RolloutMove.Stay);
    }

    [Fact]
    public void Errors_of_the_others_roll_nothing_back()
    {
        Measure(0, 600, errors: 0);
        for (var second = 0; second < 600; second++)
        {
            Add(second, "off", requests: 10, errors: 10, latency: 10);
        }

        Decide(600).Move.ShouldBe(RolloutMove.Advance);
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(30, true)]
    public void Twice_the_latency_of_the_others_rolls_it_back_when_it_lasts_for_the_window(double latency, bool isRolledBack)
    {
        for (var second = 0; second < 600; second++)
        {
            Add(second, "on", 1, 0, latency);
            Add(second, "off", 1, 0, 10);
        }

        Decide(600).Move.ShouldBe(isRolledBack ? RolloutMove.RollBack : RolloutMove.Advance);
    }

    [Fact]
    public void Where_nobody_is_left_to_compare_with_the_last_baseline_counts()
    {
        for (var second = 0; second < 600; second++)
        {
            Add(second, "on", 1, 0, 30);
        }

        Decide(600, _rollout with { BaselineMs = 10 }).Move.ShouldBe(RolloutMove.RollBack);
        Decide(600, _rollout with { BaselineMs = 100 }).Move.ShouldBe(RolloutMove.Advance);
        Decide(600).Move.ShouldBe(RolloutMove.Advance);
    }

    [Fact]
    public void The_baseline_that_was_measured_is_remembered()
    {
        for (var second = 0; second < 200; second++)
        {
            Add(second, "off", 1, 0, 10);
        }

        GuardJudge.Decide(_rollout, _samples, Noon.AddSeconds(200)).BaselineMs!.Value.ShouldBe(10, 2);
    }

    [Fact]
    public void What_was_measured_before_it_began_does_not_count()
    {
        Measure(-300, 0, errors: 1);

        Decide(1).Move.ShouldBe(RolloutMove.Stay);
    }

    [Fact]
    public void A_paused_rollout_does_not_go_on_and_its_guards_hold()
    {
        var paused = _rollout with { Status = RolloutStatus.Paused };
        Measure(0, 600, errors: 0);
        Decide(600, paused).ShouldBe((RolloutMove.Stay, "It is paused."));

        Measure(600, 900, errors: 1);

        Decide(900, paused).Move.ShouldBe(RolloutMove.RollBack);
    }

    [Fact]
    public void A_move_changes_the_share_and_a_rollback_restores_it()
    {
        var rule = new FlagRule { Type = FlagType.Bool, Variants = [], DefaultVariant = "off", OffVariant = "off" };
        var begun = _rollout with { FromBuckets = 500 };

        var advanced = begun.Move(new RolloutDecision(RolloutMove.Advance, "well", 12), Noon);
        var back = advanced.Move(new RolloutDecision(RolloutMove.RollBack, "badly", null), Noon);

        advanced.ApplyTo(rule).Split.BucketsOf("on").ShouldBe(5_000);
        (advanced.BaselineMs, advanced.StepBeganAt).ShouldBe((12, Noon));
        back.ApplyTo(rule).Split.BucketsOf("on").ShouldBe(500);
        back.IsOver.ShouldBeTrue();
    }

    [Fact]
    public void The_figures_are_those_within_the_windows_of_the_guards()
    {
        Add(-1, "on", 50, 50, 900);
        Add(10, "on", 40, 40, 900);
        Add(500, "on", 10, 2, 20);
        Add(500, "off", 30, 0, 10);

        var look = GuardJudge.Look(_rollout, _samples, Noon.AddSeconds(700), "why");

        (look.Because, look.Variant.Requests, look.Variant.Errors, look.Variant.ErrorRate).ShouldBe(("why", 10, 2, 0.2));
        (look.Others.Requests, look.Others.Errors, look.Others.ErrorRate).ShouldBe((30, 0, 0));
        look.Variant.P95!.Value.ShouldBe(20, 4);
        GuardJudge.Look(_rollout, _samples, Noon.AddSeconds(610), "").Variant.P95!.Value.ShouldBe(900, 180);
        GuardJudge.Look(_rollout, [], Noon, "").Variant.ShouldBe(new RolloutFigures(0, 0, null));
    }

    [Fact]
    public void A_percentile_is_within_a_fifth_and_histograms_add_up()
    {
        var fast = LatencyHistogram.Of(Enumerable.Range(1, 900).Select(i => i / 10.0));
        var slow = LatencyHistogram.Of(Enumerable.Repeat(1_000.0, 100));

        var sum = LatencyHistogram.Parse((fast + slow).ToString());

        sum.Count.ShouldBe(1_000);
        sum.Percentile(0.5)!.Value.ShouldBe(50, 50 * 0.19);
        sum.Percentile(0.95)!.Value.ShouldBe(1_000, 1_000 * 0.19);
        LatencyHistogram.Empty.Percentile(0.5).ShouldBeNull();
        LatencyHistogram.Of([-1, 0, 1e12]).Count.ShouldBe(3);
    }

    /// <summary>One request a second, of which such a share fails, evenly.</summary>
    private void Measure(int from, int to, double errors)
    {
        for (var second = from; second < to; second++)
        {
            var failed = Math.Floor((second + 1) * errors + 1e-9) > Math.Floor(second * errors + 1e-9) ? 1 : 0;
            Add(second, "on", 1, failed, 10);
        }
    }

    private void Add(int second, string variant, long requests, long errors, double latency) =>
        _samples.Add(new FlagSample("flag", variant, requests, errors, LatencyHistogram.Of(Enumerable.Repeat(latency, (int)requests))) { At = Noon.AddSeconds(second) });

    private (RolloutMove Move, string Because) Decide(int second, GuardedRollout? rollout = null)
    {
        var decision = GuardJudge.Decide(rollout ?? _rollout, _samples, Noon.AddSeconds(second));
        return (decision.Move, decision.Because);
    }
}
