using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Server;

namespace Holdfast.Faults;

/// <summary>A store that is locked, damaged or older than it was: data is taken all the same, and the ledger says what became of it.</summary>
public sealed class StoreFaultTests(FaultReport report)
{
    private const int TimeoutMs = 180_000;
    private static readonly TimeSpan LockedFor = TimeSpan.FromSeconds(Scale.Of(6, 20));

    [Fact(Timeout = TimeoutMs)]
    public async Task A_locked_store_refuses_nobody_and_gets_the_backlog_when_it_is_free()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = scene.Producer.RunAsync(scene.Server.Address, ending.Token);
        long before, after;
        using (StoreLock.Take(scene.Directory))
        {
            before = scene.Obligations.Count(Answer.Acknowledged);
            await Task.Delay(LockedFor, stop);
            (await scene.Api.HealthAsync(stop)).ShouldBe("warn");
            after = scene.Obligations.Count(Answer.Acknowledged);
        }

        // The load goes on: what is new and what has waited share the way.
        var freed = Stopwatch.GetTimestamp();
        var firstStore = await scene.FirstStoreAsync(freed, stop);
        await ending.CancelAsync();
        await load;

        var verdict = await scene.JudgeAsync(stop);
        report.Add($"store locked for {LockedFor.TotalSeconds:0} s", 1, verdict, [firstStore]);
        verdict.ShouldBeClean("store locked");
        after.ShouldBeGreaterThan(before + 1_000, "data is taken while the store is locked");
        scene.Producer.Refusals.ShouldBe(0);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_damaged_store_degrades_the_server_and_a_new_one_takes_what_has_waited()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        await scene.PostAsync(parcels: 20, eventsEach: 20);
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        var destroyed = scene.Obligations.Count(Answer.Acknowledged);
        Damage.Scribble(scene.Directory.Store, 0, 20_000, seed: 7);

        // Degraded, and taking data.
        await scene.StartAsync(stop);
        (await scene.Api.HealthAsync(stop)).ShouldBe("warn");
        await scene.PostAsync(parcels: 20, eventsEach: 20);
        await scene.Server.WhenSaysAsync("is damaged or not a Holdfast database", stop);
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        scene.Server.Log.ShouldContain("spooled=400 dead_lettered=0 dropped=0");

        // As the message said: moved away.
        File.Move(scene.Directory.Store, scene.Directory.Beside("holdfast.db.damaged"));
        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        var firstStore = await scene.FirstStoreAsync(restarted, stop);

        // The old store's events went with it; that is no loss of the pipeline. Everything else is there.
        var verdict = await scene.JudgeAsync(stop);
        report.Add("store damaged, then moved away", 1, verdict, [firstStore]);
        (verdict.Missing, verdict.Ledger.Events.Lost, verdict.Unaccounted, verdict.Duplicates, verdict.Foreign).ShouldBe((destroyed, 0, 0, 0, 0), verdict.ToString());
        verdict.Found.ShouldBe(401);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_store_restored_from_a_backup_is_reported_and_the_difference_counts_as_lost()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        await scene.PostAsync(parcels: 20, eventsEach: 20);
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        File.Copy(scene.Directory.Store, scene.Directory.Beside("backup"));

        await scene.StartAsync(stop);
        await scene.PostAsync(parcels: 15, eventsEach: 20);
        await scene.Api.WhenSettledAsync(stop);
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        File.Move(scene.Directory.Beside("backup"), scene.Directory.Store, overwrite: true);

        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        var firstStore = await scene.FirstStoreAsync(restarted, stop);
        await scene.Server.WhenSaysAsync("The store is older than it was", stop);

        var verdict = await scene.JudgeAsync(stop);
        report.Add("store restored from a backup", 1, verdict, [firstStore]);
        verdict.ShouldBeHonest("restored");
        (verdict.Missing, verdict.Ledger.Events.Lost).ShouldBe((300, 300), verdict.ToString());
    }
}
