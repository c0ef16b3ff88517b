using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>
/// Items of high priority keep coming, faster than they are executed, while others wait: those are overtaken by what comes within 30 s for
/// each step of priority, and by nothing after that.
/// </summary>
public sealed class RetryFloodTests(FaultPostgres postgres, FaultReport report) : RetryFaults(postgres, report)
{
    private const int Highest = 10;
    private const int SecondsOfStep = 30;
    private const int ItemsOfWave = 20;
    private const int SecondsBetweenWaves = 60;
    private const int Waves = 11;

    private static readonly int[] Low = [5, 0, -5, -10];

    [Fact(Timeout = TimeoutMs)]
    public async Task A_flood_of_high_priority_overtakes_others_within_the_bound_and_not_beyond()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync("intake", "worker");
        scene["intake"].Settings[FlagNames.RetryEnabled] = "false";
        scene["worker"].Settings[FlagNames.RetryWorkerCount] = "1";
        scene.Target.Takes = TimeSpan.FromMilliseconds(1);
        await scene["intake"].StartAsync(stop);

        var low = await EnqueueLowAsync(scene, stop);
        var high = await EnqueueWavesAsync(scene, stop);
        using var enough = new CancellationTokenSource();
        var flood = scene.Producer.RunAsync(scene["intake"], Scale.Of(20, 100), Highest, enough.Token, stop);
        await scene["worker"].StartAsync(stop);
        await WhenCalledAsync(scene.Target, low.SelectMany(items => items.Value), stop);
        await enough.CancelAsync();
        await flood;
        await scene.WhenDrainedAsync(stop);

        var history = await scene.HistoryAsync();
        var verdict = scene.Judge(history);
        Report.Add("flood of high priority", 1, verdict, new RetryTimes());
        verdict.ShouldBeDone();
        var handedOut = history.Lines.Where(line => line.Token is not null).GroupBy(line => line.Id).ToDictionary(lines => lines.Key, lines => lines.Min(line => line.Token));
        foreach (var (priority, items) in low)
        {
            // Before it, or with it, those waves that came within the bound; with it at the earliest the others, and the flood.
            var within = (int)Math.Ceiling((Highest - priority) * SecondsOfStep / (double)SecondsBetweenWaves);
            HashSet<Guid> overtaking = [.. high.Take(within).SelectMany(wave => wave)];
            overtaking.ShouldAllBe(id => handedOut[id] <= handedOut[items[0]], $"before priority {priority}");
            handedOut.Keys.Except(overtaking).Except(low.SelectMany(other => other.Value)).ShouldAllBe(id => handedOut[id] >= handedOut[items[0]], $"after priority {priority}");
        }
    }

    private static async Task<Dictionary<int, IReadOnlyList<Guid>>> EnqueueLowAsync(RetryScene scene, CancellationToken stop)
    {
        var low = new Dictionary<int, IReadOnlyList<Guid>>();
        foreach (var priority in Low)
        {
            low[priority] = await scene.Producer.EnqueueAsync(scene["intake"], 1, stop, priority);
        }

        return low;
    }

    /// <summary>A minute apart by the clock of the database, which nobody who executes is there to notice.</summary>
    private static async Task<List<IReadOnlyList<Guid>>> EnqueueWavesAsync(RetryScene scene, CancellationToken stop)
    {
        var waves = new List<IReadOnlyList<Guid>>();
        while (waves.Count < Waves)
        {
            waves.Add(await scene.Producer.EnqueueAsync(scene["intake"], ItemsOfWave, stop, Highest));
            await scene.MoveClockAsync(TimeSpan.FromSeconds(SecondsBetweenWaves));
        }

        return waves;
    }

    private static async Task WhenCalledAsync(CallbackTarget target, IEnumerable<Guid> items, CancellationToken stop)
    {
        while (items.Except(target.Calls.Select(call => call.Id)).Any())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
        }
    }
}
