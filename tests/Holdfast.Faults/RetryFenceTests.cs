using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>
/// A worker that others take for dead and that is not: it lets go by itself, others take its items, and what it brings later counts for
/// nothing.
/// </summary>
public sealed class RetryFenceTests(FaultPostgres postgres, FaultReport report) : RetryFaults(postgres, report)
{
    private const string Fenced = "The lease of this process ended";
    private const string Doubtful = "doubtful";
    private const int Items = 1_000;

    // Side by side: nearly all of it is waiting for a lease to end.
    [Fact(Timeout = TimeoutMs)]
    public Task A_worker_that_is_taken_for_dead_is_not_believed_when_it_comes_back() => Task.WhenAll(CutOffAsync(), FreezeAsync());

    private async Task CutOffAsync()
    {
        await using var scene = await SceneAsync("steady", Doubtful);
        await using var network = new CutProxy(scene.Database.Server.Port);
        scene[Doubtful].Settings[FlagNames.Postgres] = scene.Database.ConnectionStringBy(network.Port);

        // Nobody can tell it: it knows by its own clock.
        await LoseAsync("network cut past the lease, connections stay open", scene, network.Cut, network.Mend, knows: true);
    }

    private async Task FreezeAsync()
    {
        await using var scene = await SceneAsync("steady", Doubtful);

        await LoseAsync("SIGSTOP past the lease, then SIGCONT", scene, () => scene[Doubtful].Process.Freeze(), () => scene[Doubtful].Process.Thaw(), knows: false);
    }

    /// <param name="knows">Whether the worker has let go before the harm ends.</param>
    private async Task LoseAsync(string fault, RetryScene scene, Action harm, Action mend, bool knows)
    {
        var stop = TestContext.Current.CancellationToken;
        var losses = new List<DateTimeOffset>();
        await scene.StartAsync(stop);
        for (var loss = 1; loss <= Scale.Of(1, 4); loss++)
        {
            await HarmAsync(scene, harm, mend, stop);
            losses.Add(Now);
            await scene.WhenTakenOverAsync(Doubtful, stop);
            (TimesFenced(scene) == loss).ShouldBe(knows, fault);
            mend();
            await WhenFencedAsync(scene, loss, stop);
        }

        await scene.WhenDrainedAsync(stop);
        var history = await scene.HistoryAsync();
        var verdict = scene.Judge(history);
        Report.Add(fault, losses.Count, verdict, new RetryTimes { TakenOver = history.TakenOverAfter(Doubtful, losses), StaleRefused = await scene.StaleRefusedAsync(stop) });
        verdict.ShouldBeDone();
        verdict.Crashes.ShouldBePositive("something was under way");
    }

    /// <summary>While it holds items: on a slow machine everything may be done before the harm is.</summary>
    private static async Task HarmAsync(RetryScene scene, Action harm, Action mend, CancellationToken stop)
    {
        while (true)
        {
            var before = scene.Target.Calls.Count;
            await scene.Producer.EnqueueAsync(scene["steady"], Items, stop);
            await scene.Target.WhenCalledAsync(before + (Items / 3), stop);
            harm();
            if (await scene.HoldsItemsAsync(Doubtful))
            {
                return;
            }

            mend();
        }
    }

    private static int TimesFenced(RetryScene scene) => scene[Doubtful].Process.Log.Split('\n').Count(line => line.Contains(Fenced, StringComparison.Ordinal));

    private static async Task WhenFencedAsync(RetryScene scene, int times, CancellationToken stop)
    {
        while (TimesFenced(scene) < times)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
        }
    }
}
