using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Flags;

namespace Holdfast.Faults;

/// <summary>Two servers on one database, and those who watch one of them: they are told what either records, each event once.</summary>
public sealed class LiveNodesTests(FaultPostgres postgres, FaultReport report)
{
    private const int TimeoutMs = 5 * 60_000;

    // At the first ones the code of both servers is compiled, and the one is told that somebody watches at the other.
    private const int WarmUp = 10;

    [Fact(Timeout = TimeoutMs)]
    public async Task A_node_tells_what_the_other_one_records_as_soon_as_it_is_stored()
    {
        var events = Scale.Of(40, 500);
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync(stop);
        var watcher = await scene.WatchAsync(scene.Nodes[1], stop);
        var producer = scene.Producer();
        var acknowledged = new List<long>();

        for (var number = 0; number < WarmUp + events; number++)
        {
            (await producer.PostOneAsync(scene.Nodes[0].Address)).ShouldNotBeNull();
            acknowledged.Add(Stopwatch.GetTimestamp());
            await watcher.WhenHasAsync([number], stop);
        }

        var verdict = await scene.JudgeAsync(stop);
        var delays = acknowledged.Select((at, number) => Stopwatch.GetElapsedTime(at, watcher.ArrivalOf(number)!.Value)).ToList();
        report.Add("first events, watched at the other node", 1, verdict, delays[..WarmUp]);
        report.Add("further events, watched at the other node", 1, verdict, delays[WarmUp..]);
        verdict.ShouldBeWhole();

        // Without the doorbell it would be half a second.
        delays[WarmUp..].Order().ElementAt(events / 2).ShouldBeLessThan(TimeSpan.FromMilliseconds(250));
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task Watchers_that_go_from_node_to_node_miss_nothing_and_are_told_nothing_twice()
    {
        var (watchers, switchesEach) = (Scale.Of(5, 10), Scale.Of(10, 100));
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync(stop);
        var everybody = await Task.WhenAll(Enumerable.Range(0, watchers).Select(at => scene.WatchAsync(scene.Nodes[at % 2], stop)));
        await using (scene.Producer().StartLoad(scene.Nodes[0].Address, stop))
        await using (scene.Producer().StartLoad(scene.Nodes[1].Address, stop))
        {
            await Task.WhenAll(everybody.Select((watcher, at) => WanderAsync(scene, watcher, at, switchesEach, stop)));
        }

        var verdict = await scene.JudgeAsync(stop);
        report.Add("watchers that switch nodes", watchers * switchesEach, verdict, []);
        verdict.ShouldBeWhole();
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task What_a_killed_node_had_not_stored_is_told_when_it_is_back()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = await SceneAsync(stop, SmallSpool);
        var (victim, other) = (scene.Nodes[0], scene.Nodes[1]);
        await scene.WatchAsync(other, stop);
        var switching = await scene.WatchAsync(victim, stop);
        await scene.Producer().PostAsync(victim.Address, parcels: 5, eventsEach: 10);
        await switching.WhenHasAsync(scene.Acknowledged, stop);

        await scene.Database.Server.StopAsync();
        (await scene.Producer().PostUntilRefusedAsync(victim.Address, parcelsMax: 10_000, eventsEach: 40)).ShouldBeTrue("the spool is to be full");
        await victim.KillAsync(stop);

        // It is ahead of the node that it comes to by all that only the dead one has.
        await switching.ConnectAsync(other.Address, stop);
        await scene.Producer().PostAsync(other.Address, parcels: 5, eventsEach: 10);
        await scene.Database.Server.StartAgainAsync();
        await victim.StartAsync(stop);

        var verdict = await scene.JudgeAsync(stop);
        report.Add("kill -9 of a node with a full spool", 1, verdict, []);
        verdict.ShouldBeWhole();
    }

    private static async Task WanderAsync(LiveScene scene, LiveWatcher watcher, int at, int switches, CancellationToken stop)
    {
        var random = new Random(at);
        for (var i = 1; i <= switches; i++)
        {
            // Sometimes it has not even read what it missed.
            await watcher.WhenReadAsync(random.Next(0, 6), stop);
            await watcher.ConnectAsync(scene.Nodes[(at + i) % 2].Address, stop);
        }
    }

    /// <summary>Full after some thousand events.</summary>
    private static void SmallSpool(LiveNode node) => node.Settings[FlagNames.SpoolDiskBytes] = $"{Scale.Of(1, 4) << 20}";

    private async Task<LiveScene> SceneAsync(CancellationToken stop, Action<LiveNode>? set = null)
    {
        var scene = new LiveScene(await postgres.DatabaseAsync(), "first", "second");
        foreach (var node in scene.Nodes)
        {
            set?.Invoke(node);
        }

        await scene.StartAsync(stop);
        return scene;
    }
}
