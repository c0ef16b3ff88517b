using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>A spool whose budget is used up refuses, says when to come back, and keeps what it took.</summary>
public sealed class FullBudgetTests(FaultReport report)
{
    [Fact(Timeout = 180_000)]
    public async Task A_full_spool_refuses_with_a_time_to_come_back_and_takes_data_again_when_the_store_is_back()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        scene.Settings[FlagNames.SpoolDiskBytes] = "1048576";
        await scene.StartAsync(stop);
        using (StoreLock.Take(scene.Directory))
        {
            (await scene.Producer.PostUntilRefusedAsync(scene.Server.Address, parcelsMax: 2_000, eventsEach: 100)).ShouldBeTrue("1 MiB must not take 200,000 events");
        }

        // Refused or not: everybody tries again until there is room.
        var freed = Stopwatch.GetTimestamp();
        var load = scene.Producer.RunAsync(scene.Server.Address, stop);
        await scene.Api.WhenSettledAsync(stop);
        var firstStore = await scene.FirstStoreAsync(freed, stop);
        await scene.KillAsync(stop);
        await load;

        await scene.StartAsync(stop);
        var verdict = await scene.JudgeAsync(stop);
        report.Add("spool's budget used up", 1, verdict, [firstStore]);
        verdict.ShouldBeClean("full budget");
        verdict.RefusedFound.ShouldBe(0, "of what is refused nothing is taken");
        scene.Producer.RefusalsWithoutRetryAfter.ShouldBe(0);
    }
}
