using Holdfast.BuiltIn.Checks;
using Holdfast.BuiltIn.Repairs;
using Holdfast.Health;
using Holdfast.Retries;
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
        var board = new HealthBoard([new CheckPlan("stuck_leases", new StuckLeasesCheck(Store)) { Timeout = TimeSpan.FromMinutes(1) }], new HealthMemory(), TimeProvider.System);
        var scheduler = new HealthScheduler(board, () => options, TimeProvider.System, () => 0.5, NullLogger<HealthScheduler>.Instance);
        using var desk = new RecoveryDesk(
            new RecoveryContext(board, scheduler, () => options, TimeProvider.System), [new RescueLeases(Store, () => woken++)], new Dictionary<string, RuleMemory>(), NullLogger<RecoveryDesk>.Instance);
        await LookAsync(scheduler);
        board.Find("stuck_leases")!.State.ShouldBe(HealthState.Pass);

        await AdvanceAsync(Lease * 2);
        await LookAsync(scheduler, times: 3);
        board.Find("stuck_leases")!.State.ShouldBe(HealthState.Fail);
        await new RecoveryWorker(desk, () => options, TimeProvider.System).LookAsync(TestContext.Current.CancellationToken);
        await LookAsync(scheduler, times: 5);

        (await Get(item)).Status.ShouldBe(RetryStatus.Pending);
        woken.ShouldBe(1);
        var timeline = board.Query(new HealthQuery()).Items.Reverse().ToArray();
        timeline.Select(entry => entry.Kind).ShouldBe(
            [HealthEntryKind.IncidentOpened, HealthEntryKind.Transition, HealthEntryKind.Recovery, HealthEntryKind.Transition, HealthEntryKind.IncidentClosed]);
        timeline[2].Outcome.ShouldBe(RecoveryOutcomes.Repaired);
        timeline[2].Detail.ShouldBe("1 retries were taken back from processes that are gone, 0 became dead letters.");
    }

    private static async Task LookAsync(HealthScheduler scheduler, int times = 1)
    {
        for (; times > 0; times--)
        {
            await scheduler.RunNowAsync("stuck_leases", TestContext.Current.CancellationToken);
        }
    }
}
