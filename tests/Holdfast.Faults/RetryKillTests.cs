using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Two servers share one queue, and one of them is killed again and again while it calls.</summary>
public sealed class RetryKillTests(FaultPostgres postgres, FaultReport report) : RetryFaults(postgres, report)
{
    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(5);

    [Fact(Timeout = TimeoutMs)]
    public async Task Of_two_workers_one_is_killed_over_and_over_and_every_item_is_completed_once()
    {
        var items = Scale.Of(1_500, 100_000);
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync("steady", "victim");
        await scene.StartAsync(stop);
        scene.Target.Takes = TimeSpan.FromMilliseconds(Scale.Of(20, 5));
        await scene.Producer.EnqueueAsync(scene["steady"], items, stop);

        var losses = Scale.IsLong ? await KillByTimeAsync(scene, stop) : await KillByProgressAsync(scene, kills: 3, stop);
        await scene.WhenDrainedAsync(stop);

        var history = await scene.HistoryAsync();
        var verdict = scene.Judge(history);
        Report.Add("kill -9 of one of two workers", losses.Count, verdict, new RetryTimes { TakenOver = history.TakenOverAfter("victim", losses) });
        verdict.ShouldBeClean();
        verdict.DeadLettered.ShouldBeLessThanOrEqualTo(RetryServer.Workers * losses.Count, "only what three workers died over may wait for a person");
    }

    /// <summary>However fast the machine is, there is something left to do at each kill.</summary>
    private static async Task<List<DateTimeOffset>> KillByProgressAsync(RetryScene scene, int kills, CancellationToken stop)
    {
        var losses = new List<DateTimeOffset>();
        for (var kill = 1; kill <= kills; kill++)
        {
            await scene.Target.WhenCalledAsync(scene.Producer.Committed.Count * kill / (kills + 1), stop);
            await KillAsync(scene["victim"], losses, stop);
        }

        return losses;
    }

    /// <summary>Every 5 s for as long as there is something to do.</summary>
    private static async Task<List<DateTimeOffset>> KillByTimeAsync(RetryScene scene, CancellationToken stop)
    {
        var losses = new List<DateTimeOffset>();
        using var timer = new PeriodicTimer(BetweenKills);
        while (await timer.WaitForNextTickAsync(stop) && scene.Target.Calls.Count < scene.Producer.Committed.Count)
        {
            await KillAsync(scene["victim"], losses, stop);
        }

        return losses;
    }

    private static async Task KillAsync(RetryServer victim, List<DateTimeOffset> losses, CancellationToken stop)
    {
        victim.Process.Kill();
        losses.Add(Now);
        await victim.StartAsync(stop);
    }
}
