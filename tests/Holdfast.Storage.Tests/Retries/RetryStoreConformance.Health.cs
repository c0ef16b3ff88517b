using Holdfast.BuiltIn.Checks;
using Holdfast.BuiltIn.Repairs;
using Holdfast.Health;
using Holdfast.Retries;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Retries;

public abstract partial class RetryStoreConformance
{
    /// <summary>No process looks for lapsed leases here, as when that loop hangs: the health does.</summary>
    [Fact]
    public async Task A_stuck_lease_is_noticed_taken_back_by_rule_and_seen_in_the_timeline()
    {
        var item = await Enqueued(RetryItems.New());
        await Hold();
        var woken = 0;
        var rule = new RecoveryRule("rescue", "stuck_leases", ["rescue_leases"]);
        var options = new HealthOptions { Rules = [rule] };
        var time = new HastyTime(new ManualTimeProvider(DateTimeOffset.UnixEpoch), upTo: TimeSpan.FromSeconds(2)); // between looks at what was repaired
        var board = new HealthBoard([new CheckPlan("stuck_leases", new StuckLeasesCheck(Store)) { Timeout = TimeSpan.FromMinutes(1) }], new HealthMemory(), time);
        var scheduler = new HealthScheduler(board, () => options, time, () => 0.5, NullLogger<HealthScheduler>.Instance);
        using var desk = new RecoveryDesk(
            new RecoveryContext(board, scheduler, () => options, time), [new RescueLeases(Store, () => woken++)], new Dictionary<string, RuleMemory>(), NullLogger<RecoveryDesk>.Instance);
        await LookAsync(scheduler);
        board.Find("stuck_leases")!.State.ShouldBe(HealthState.Pass);

        await AdvanceAsync(Lease * 2);
        await LookAsync(scheduler, times: 3);
        board.Find("stuck_leases")!.State.ShouldBe(HealthState.Fail);
        await new RecoveryWorker(desk, () => options, time).LookAsync(TestContext.Current.CancellationToken);
        await LookAsync(scheduler, times: 5);

        (await Get(item)).Status.ShouldBe(RetryStatus.Pending);
        woken.ShouldBe(1);
        var timeline = board.Query(new HealthQuery()).Items.Reverse().ToArray();
        timeline.Select(entry => entry.Kind).ShouldBe(
            [HealthEntryKind.IncidentOpened, HealthEntryKind.Transition, HealthEntryKind.Recovery, HealthEntryKind.Transition, HealthEntryKind.IncidentClosed]);
        timeline[2].Outcome.ShouldBe(RecoveryOutcomes.Repaired);
        timeline[2].Detail.ShouldBe("1 retries were taken back from processes that are gone, 0 became dead letters.");
    }

    /// <summary>Dead letters stand before them in the list of what needs attention, and there may be more of those than anybody reads.</summary>
    [Fact]
    public async Task Stuck_leases_are_counted_however_many_dead_letters_there_are()
    {
        const int DeadLetters = 501;
        await Enqueue([.. Enumerable.Range(0, DeadLetters).Select(_ => RetryItems.New())]);
        var process = await Worker();
        for (var claim = await Claim(process, limit: 100); claim.Items.Count > 0; claim = await Claim(process, limit: 100))
        {
            await Store.AckAsync(process, [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, AckKind.GiveUp, TimeSpan.Zero, Refused, TimeSpan.Zero))], CancellationToken.None);
        }

        await Enqueue(RetryItems.New(), RetryItems.New(), RetryItems.New());
        var lost = await Worker();
        var held = await Claim(lost);
        await Store.AckAsync(lost, [new RetryAck(held.Items[0].Id, held.Token, AckKind.Completed, TimeSpan.Zero, null, TimeSpan.Zero)], CancellationToken.None);
        var before = await Stale();
        await AdvanceAsync(Lease * 2);
        var after = await new StuckLeasesCheck(Store).CheckHealthAsync(new HealthCheckContext());

        before.ShouldBe(0, "their leases run");
        (await Store.ReadAlertsAsync(500, CancellationToken.None)).ShouldAllBe(alert => alert.Reason == RetryAlertReasons.DeadLetter);
        (await Stale()).ShouldBe(2);
        (after.Status, after.Data["stale"]).ShouldBe((HealthStatus.Unhealthy, 2d));
        await Rescue();
        (await Stale()).ShouldBe(0);

        ValueTask<long> Stale() => Store.CountStaleAsync(CancellationToken.None);
    }

    private static async Task LookAsync(HealthScheduler scheduler, int times = 1)
    {
        for (; times > 0; times--)
        {
            await scheduler.RunNowAsync("stuck_leases", TestContext.Current.CancellationToken);
        }
    }
}
