using Holdfast.Health;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Health;

public sealed class RecoveryTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly RecoveryRule Mend = new("mend", "storage", ["repair"]) { For = 10 * Second };

    [Fact]
    public async Task What_fails_for_long_enough_is_repaired_and_the_check_is_looked_at_again()
    {
        using var rig = new HealthRig([Mend]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Check("storage").Finds = HealthState.Pass);

        await rig.LookAsync();
        rig.Action.Calls.ShouldBe(0, "it has not lasted for ten seconds");
        rig.Clock.Advance(10 * Second);
        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(1);
        rig.Reports.ShouldHaveSingleItem().Outcome.ShouldBe(RecoveryOutcomes.Repaired);
        rig.Check("storage").Runs.ShouldBe(3, "it is not believed at once");
        var told = rig.Happened[^1];
        (told.Kind, told.Rule, told.Outcome, told.Incident).ShouldBe((HealthEntryKind.Recovery, "mend", RecoveryOutcomes.Repaired, rig.Happened[0].Incident));
    }

    [Fact]
    public async Task What_is_well_for_a_moment_only_is_not_called_repaired()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Check("storage").Finds = HealthState.Pass);
        rig.Check("storage").Ran = run => rig.Check("storage").Finds = HealthState.Fail;

        await rig.LookAsync();

        rig.Reports.ShouldHaveSingleItem().Outcome.ShouldBe(RecoveryOutcomes.NotRepaired);
        rig.Check("storage").Runs.ShouldBe(2);
    }

    [Theory]
    [InlineData(10, RecoveryOutcomes.Repaired, 10)]
    [InlineData(int.MaxValue, RecoveryOutcomes.NotRepaired, 16)]
    public async Task A_check_that_is_better_is_not_enough_where_something_else_has_to_show_it(int shownAt, string outcome, int looks)
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Check("storage").Finds = HealthState.Pass);
        rig.Action.Helped = () => rig.Check("storage").Runs >= shownAt;

        await rig.LookAsync();

        (rig.Reports.ShouldHaveSingleItem().Outcome, rig.Check("storage").Runs).ShouldBe((outcome, looks));
    }

    [Fact]
    public async Task What_is_bad_again_before_it_was_shown_to_help_is_not_called_repaired()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Check("storage").Ran = run => rig.Check("storage").Finds = run < 9 ? HealthState.Pass : HealthState.Fail;
        rig.Action.Helped = () => false;

        await rig.LookAsync();

        rig.Reports.ShouldHaveSingleItem().Outcome.ShouldBe(RecoveryOutcomes.NotRepaired);
        rig.Check("storage").Runs.ShouldBe(10);
    }

    [Fact]
    public async Task Where_nothing_is_tried_that_would_show_it_nobody_says_that_it_was_repaired()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Check("storage").Finds = HealthState.Pass);
        rig.Action.Helped = () => null;

        await rig.LookAsync();

        rig.Reports.ShouldHaveSingleItem().Outcome.ShouldBe(RecoveryOutcomes.Done);
        rig.Desk.Statuses().Single().Memory.Fruitless.ShouldBe(0);
    }

    [Fact]
    public async Task What_needs_a_moment_to_be_well_again_is_waited_for()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Check("storage").Ran = run => rig.Check("storage").Finds = run >= 2 ? HealthState.Pass : HealthState.Fail;

        await rig.LookAsync();

        rig.Reports.ShouldHaveSingleItem().Outcome.ShouldBe(RecoveryOutcomes.Repaired);
        rig.Check("storage").Runs.ShouldBe(5);
    }

    [Fact]
    public async Task An_action_that_was_left_behind_is_not_begun_beside_itself_and_that_is_said()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        var (called, hanging) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) =>
        {
            called.TrySetResult();
            return hanging.Task;
        };
        var looking = rig.LookAsync();
        await called.Task.WaitAsync(TestContext.Current.CancellationToken);
        rig.Clock.Advance(RecoveryDesk.ActionTimeout);
        await looking;

        rig.Clock.Advance(TimeSpan.FromHours(1));
        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(1);
        rig.Reports.Select(report => report.Outcome).ShouldBe([RecoveryOutcomes.Failed, RecoveryOutcomes.Skipped]);
        rig.Reports[^1].Detail.ShouldBe("repair has been under way since 2026-01-31 12:00:00 UTC and is not begun again before it has ended.");
        hanging.SetResult();
        while (rig.Action.Calls == 1)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            rig.Clock.Advance(TimeSpan.FromHours(1)); // that it has ended may be known a moment later
            await rig.LookAsync();
        }
    }

    [Fact]
    public async Task What_is_switched_off_while_a_rule_acts_holds_for_its_next_action_and_for_the_next_rule()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero, Actions = ["repair", "repair"] }, Mend with { Name = "other", For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Options = rig.Options with { RecoveryEnabled = false });

        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(1);
        var report = rig.Reports.ShouldHaveSingleItem();
        (report.Outcome, report.Detail).ShouldBe((RecoveryOutcomes.Skipped, "It was repaired. Recovery was switched off before repair."));
        (await rig.Desk.RunAsync(rig.Options.Rules[1], ("ann", "to see"), CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task What_a_dry_run_is_switched_to_holds_for_the_next_action()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero, Actions = ["repair", "repair"] }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Options = rig.Options with { DryRun = true });

        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(1);
        rig.Reports.ShouldHaveSingleItem().Actions.Select(action => action.Done).ShouldBe([true, false]);
    }

    [Fact]
    public async Task When_a_clock_that_was_ahead_comes_back_rules_act_after_their_rest_and_not_when_that_time_comes()
    {
        using var rig = new HealthRig([Mend]);
        rig.Clock.Jump(TimeSpan.FromDays(300));
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Clock.Advance(10 * Second);
        await rig.LookAsync();
        rig.Action.Calls.ShouldBe(1);

        rig.Clock.Jump(-TimeSpan.FromDays(300));
        rig.Found("storage", HealthState.Fail);
        await rig.LookAsync();
        rig.Desk.Statuses().Single().RestsUntil.ShouldBe(rig.Clock.GetUtcNow() + (2 * Mend.CoolDown), "it rests as if it had acted now");
        rig.Clock.Advance(2 * Mend.CoolDown);
        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task What_an_action_says_is_cut_to_what_is_kept()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Says = new string('x', 100_000);

        await rig.LookAsync();

        rig.Reports.ShouldHaveSingleItem().Actions.ShouldHaveSingleItem().Detail.Length.ShouldBe(HealthDetail.LengthMax);
        rig.Happened[^1].Detail!.Length.ShouldBe(HealthDetail.LengthMax);
    }

    [Fact]
    public async Task Who_asked_may_hang_up_and_what_was_done_is_told_all_the_same()
    {
        using var rig = new HealthRig([Mend]);
        using var caller = new CancellationTokenSource();
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = async (_, _) =>
        {
            rig.Check("storage").Finds = HealthState.Pass;
            await caller.CancelAsync();
        };

        await rig.Desk.RunAsync(Mend, ("ann", "to see"), caller.Token);

        var report = rig.Reports.ShouldHaveSingleItem();
        (report.Outcome, report.By).ShouldBe((RecoveryOutcomes.Repaired, ("ann", "to see")));
    }

    [Fact]
    public async Task What_is_known_from_before_the_start_alone_is_no_reason_to_act()
    {
        var known = new HealthMemory { Failing = new Dictionary<string, DateTimeOffset?> { ["storage"] = Some.Instant.AddHours(-1) } };
        using var rig = new HealthRig([Mend], known);

        await rig.LookAsync();
        rig.Action.Calls.ShouldBe(0);
        rig.Found("storage", HealthState.Fail);
        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task What_becomes_better_by_itself_is_not_called_repaired()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Acts = false;
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Check("storage").Finds = HealthState.Pass);

        await rig.LookAsync();

        rig.Reports.ShouldHaveSingleItem().Outcome.ShouldBe(RecoveryOutcomes.NotNeeded);
    }

    [Fact]
    public async Task What_does_not_help_is_said_and_tried_later_and_later()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero, PerHour = 100 }]);
        rig.Options = rig.Options with { PerHour = 100 };
        rig.Found("storage", HealthState.Fail, times: 3);

        await EachSecondAsync(rig, TimeSpan.FromMinutes(30), _ => { });

        // At once, and after 2, 4 and 8 minutes more; the next would be after 16.
        rig.Action.Calls.ShouldBe(4);
        rig.Reports.ShouldAllBe(report => report.Outcome == RecoveryOutcomes.NotRepaired);
    }

    [Fact]
    public async Task In_a_dry_run_nothing_is_done_and_what_would_have_been_is_written_down()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Options = rig.Options with { DryRun = true };
        rig.Found("storage", HealthState.Fail, times: 3);

        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(0);
        rig.Reports.ShouldHaveSingleItem().Outcome.ShouldBe(RecoveryOutcomes.DryRun);
        rig.Desk.Statuses().Single().RestsUntil.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_action_that_fails_or_hangs_ends_the_rule_and_says_nothing_that_only_the_log_should_have()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero, Actions = ["repair", "repair"] }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Action.Repair = (_, _) => throw new InvalidOperationException("The key is hunter2.");

        await rig.LookAsync();
        rig.Clock.Advance(TimeSpan.FromHours(1));
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Action.Repair = (_, _) =>
        {
            called.SetResult();
            return new TaskCompletionSource().Task;
        };
        var looking = rig.LookAsync();
        await called.Task;
        rig.Clock.Advance(RecoveryDesk.ActionTimeout);
        await looking;

        rig.Action.Calls.ShouldBe(2);
        rig.Reports.Select(report => report.Outcome).ShouldBe([RecoveryOutcomes.Failed, RecoveryOutcomes.Failed]);
        rig.Reports.ShouldAllBe(report => !report.Detail.Contains("hunter2"));
    }

    [Fact]
    public async Task Nothing_is_done_about_what_is_not_known()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        rig.Found("storage", HealthState.Fail, times: 3);
        rig.Board.Suppress("storage", "because");

        await rig.LookAsync();

        rig.Action.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_restart_gives_no_rule_another_hour()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);
        var kept = new HealthMemory();
        rig.Desk.Beginning = () =>
        {
            rig.Action.Calls.ShouldBe(0, "it is written down before it acts");
            kept = new HealthMemory { Rules = rig.Desk.Remember() };
        };
        rig.Found("storage", HealthState.Fail, times: 3);
        await rig.LookAsync();
        using var again = new HealthRig([Mend with { For = TimeSpan.Zero }], kept);
        again.Clock.Advance(rig.Clock.GetUtcNow() - again.Clock.GetUtcNow());

        again.Found("storage", HealthState.Fail, times: 3);
        await again.LookAsync();

        again.Action.Calls.ShouldBe(0);
        again.Desk.Statuses().Single().RestsUntil.ShouldNotBeNull();
    }

    [Fact]
    public async Task One_by_hand_says_who_wanted_it_and_keeps_the_limits()
    {
        using var rig = new HealthRig([Mend]);
        rig.Found("storage", HealthState.Pass);

        var first = await rig.Desk.RunAsync(rig.Options.Rules[0], ("ann", "to see"), CancellationToken.None);
        var second = await rig.Desk.RunAsync(rig.Options.Rules[0], ("ann", "again"), CancellationToken.None);

        first.ShouldNotBeNull().By.ShouldBe(("ann", "to see"));
        second.ShouldBeNull();
    }

    [Fact]
    public async Task Thirty_minutes_of_flapping_cause_no_storm_of_recoveries()
    {
        // The period is five seconds, so it fails and recovers in each of these minutes; what is repaired breaks again at once.
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero, PerHour = 6 }]);
        rig.Action.Repair = (_, _) => Task.FromResult(rig.Check("storage").Finds = HealthState.Pass);

        await EachSecondAsync(rig, TimeSpan.FromMinutes(30), second => FindEachFifth(rig, "storage", second, second % 60 < 25 ? HealthState.Fail : HealthState.Pass));

        rig.Happened.Count(entry => entry.Kind == HealthEntryKind.IncidentOpened).ShouldBeGreaterThan(20, "it did flap");
        rig.Action.Calls.ShouldBe(6);
        rig.Board.Find("storage")!.IsFlapping.ShouldBeTrue();
    }

    [Fact]
    public async Task Thirty_minutes_of_results_that_alternate_are_a_warning_and_nothing_is_done()
    {
        using var rig = new HealthRig([Mend with { For = TimeSpan.Zero }]);

        await EachSecondAsync(rig, TimeSpan.FromMinutes(30), second => FindEachFifth(rig, "storage", second, second / 10 % 2 == 0 ? HealthState.Fail : HealthState.Pass));

        rig.Action.Calls.ShouldBe(0);
        rig.Board.Find("storage")!.State.ShouldBe(HealthState.Warn);
        rig.Happened.Count.ShouldBeLessThan(5);
    }

    [Fact]
    public async Task However_many_rules_flap_together_they_keep_the_limit_of_all()
    {
        var rules = Enumerable.Range(0, 10).Select(i => new RecoveryRule($"rule {i}", $"check {i}", ["repair"]) { PerHour = 10, CoolDown = 30 * Second }).ToArray();
        using var rig = new HealthRig(rules);
        rig.Action.Repair = (call, _) => Task.FromResult(rig.Check(call.Check).Finds = HealthState.Pass);

        await EachSecondAsync(rig, TimeSpan.FromMinutes(30), second =>
        {
            for (var i = 0; i < rules.Length; i++)
            {
                FindEachFifth(rig, $"check {i}", second + (i * 7), (second + (i * 7)) % 60 < 25 ? HealthState.Fail : HealthState.Pass);
            }
        });

        rig.Action.Calls.ShouldBe(rig.Options.PerHour);
    }

    private static void FindEachFifth(HealthRig rig, string check, int second, HealthState state)
    {
        if (second % 5 == 0)
        {
            rig.Found(check, state);
        }
    }

    private static async Task EachSecondAsync(HealthRig rig, TimeSpan time, Action<int> happens)
    {
        var began = rig.Clock.GetUtcNow();
        while (rig.Clock.GetUtcNow() - began < time)
        {
            happens((int)(rig.Clock.GetUtcNow() - began).TotalSeconds);
            await rig.LookAsync();
            rig.Clock.Advance(Second);
        }
    }
}
