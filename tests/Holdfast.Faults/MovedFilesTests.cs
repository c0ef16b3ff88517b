using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Server;

namespace Holdfast.Faults;

/// <summary>Files are taken away under a running server: it refuses at once, says what to do, and keeps what it had acknowledged.</summary>
public sealed class MovedFilesTests(FaultReport report)
{
    private const int TimeoutMs = 180_000;

    [Fact(Timeout = TimeoutMs)]
    public async Task A_deleted_spool_refuses_and_a_stop_in_order_keeps_what_it_had_promised()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        using var lockedStore = StoreLock.Take(scene.Directory);
        var load = await DisturbAsync(scene, () => File.Delete(scene.Directory.SpoolDatabase), stop);
        (await scene.Api.HealthAsync(stop)).ShouldBe("fail");
        await load();

        // The store takes nothing, so what waits has nowhere to go but into a new file.
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean);
        lockedStore.Dispose();
        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);

        await ShouldBeCleanAsync(scene, "spool.db deleted while it runs", restarted, stop);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_renamed_data_directory_refuses_until_it_is_back()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        var away = scene.Directory.Beside("away");
        var load = await DisturbAsync(scene, () => Directory.Move(scene.Directory.Data, away), stop);

        Directory.Exists(scene.Directory.Data).ShouldBeFalse("nobody makes another one meanwhile");
        Directory.Move(away, scene.Directory.Data);
        var back = Stopwatch.GetTimestamp();
        await scene.Server.WhenSaysAsync("The spool can be written again", stop);
        await load();

        await ShouldBeCleanAsync(scene, "data directory renamed and put back", back, stop);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_deleted_store_gets_nothing_more_and_a_new_one_takes_what_follows()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        await scene.PostAsync(parcels: 10, eventsEach: 20);
        await scene.Api.WhenSettledAsync(stop);
        File.Delete(scene.Directory.Store);

        var deleted = Stopwatch.GetTimestamp();
        await scene.PostAsync(parcels: 10, eventsEach: 20);
        var firstStore = await scene.FirstStoreAsync(deleted, stop);

        // What had been stored went with its file; of what came after it nothing did.
        var verdict = await scene.JudgeAsync(stop);
        report.Add("holdfast.db deleted while it runs", 1, verdict, [firstStore]);
        (verdict.Missing, verdict.Found, verdict.Ledger.Events.Lost, verdict.Unaccounted).ShouldBe((200, 201, 0, 0), verdict.ToString());
        scene.Producer.Refusals.ShouldBe(0);
    }

    /// <summary>Load, the disturbance, and the server's word on it. What is returned ends the load.</summary>
    private static async Task<Func<Task>> DisturbAsync(Scene scene, Action disturb, CancellationToken stop)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = scene.Producer.RunAsync(scene.Server.Address, ending.Token);
        await scene.Obligations.WhenAcknowledgedAsync(1_000, stop);
        disturb();
        await scene.Server.WhenSaysAsync("is no longer the file that was opened", stop);
        var acknowledged = scene.Obligations.Count(Answer.Acknowledged);
        await Task.Delay(TimeSpan.FromSeconds(2), stop);

        // Answers that were on their way may still arrive; none comes after them.
        scene.Obligations.Count(Answer.Acknowledged).ShouldBeLessThanOrEqualTo(acknowledged + 200);
        scene.Producer.Refusals.ShouldBePositive();
        scene.Producer.RefusalsWithoutRetryAfter.ShouldBe(0);
        return async () =>
        {
            await ending.CancelAsync();
            await load;
            ending.Dispose();
        };
    }

    private async Task ShouldBeCleanAsync(Scene scene, string fault, long since, CancellationToken stop)
    {
        var firstStore = await scene.FirstStoreAsync(since, stop);
        var verdict = await scene.JudgeAsync(stop);
        report.Add(fault, 1, verdict, [firstStore]);
        verdict.ShouldBeClean(fault);
    }
}
