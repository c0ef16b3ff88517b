using System.Diagnostics;
using System.Net.WebSockets;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>A server that many watch is restarted: they all come back by themselves, soon and not all at once, and have missed nothing.</summary>
public sealed class LiveRestartTests(FaultReport report)
{
    private const int TimeoutMs = 3 * 60_000;

    private static readonly TimeSpan ExpectedMost = TimeSpan.FromSeconds(2);

    // Of a busy machine; what is promised is 3 s, and the report has the figures.
    private static readonly TimeSpan BackMax = TimeSpan.FromSeconds(20);

    [Fact(Timeout = TimeoutMs)]
    public async Task After_a_restart_everybody_is_live_again_and_has_everything()
    {
        var watchers = Scale.Of(100, 500);
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new LiveScene(database: null, "only");
        await scene.StartAsync(stop);
        var node = scene.Nodes[0];
        foreach (var some in Enumerable.Range(0, watchers).Chunk(50))
        {
            await Task.WhenAll(some.Select(_ => scene.WatchAsync(node, stop)));
        }

        await scene.Producer().PostAsync(node.Address, parcels: 10, eventsEach: 10);
        var back = Task.WhenAll(scene.Watchers.Select((watcher, at) => ComeBackAsync(watcher, node.Address, new Random(at), stop)));
        var (told, listening) = await RestartAsync(node, stop);
        await back;
        await scene.Producer().PostAsync(node.Address, parcels: 10, eventsEach: 10);

        var verdict = await scene.JudgeAsync(stop);
        var away = scene.Watchers.Select(watcher => Stopwatch.GetElapsedTime(told, watcher.LiveSince)).ToArray();
        var waited = scene.Watchers.Max(watcher => Stopwatch.GetElapsedTime(listening, watcher.LiveSince));
        report.Add($"restart, {watchers} watchers; the last was live {waited.TotalMilliseconds:F0} ms after it listened", 1, verdict, away);
        verdict.ShouldBeWhole();
        waited.ShouldBeLessThan(BackMax);
    }

    /// <summary>SIGTERM, and a new process at the same address. Returns when it was told to leave, and when the new one listened.</summary>
    private static async Task<(long Told, long Listening)> RestartAsync(LiveNode node, CancellationToken stop)
    {
        var told = Stopwatch.GetTimestamp();
        node.Process.Terminate();
        (await node.Process.WaitForExitAsync(stop)).ShouldBe(0);
        await node.StartAsync(stop);
        return (told, Stopwatch.GetTimestamp());
    }

    /// <summary>As a page does: after the time that the goodbye says, then with growing delays, each spread by a quarter.</summary>
    private static async Task ComeBackAsync(LiveWatcher watcher, Uri server, Random random, CancellationToken stop)
    {
        await watcher.Ended;
        var delay = watcher.RetryAfter.ShouldNotBeNull("the server says goodbye to everybody");
        for (var doubled = TimeSpan.FromSeconds(1); ; doubled *= 2)
        {
            await Task.Delay(delay * (0.75 + (0.5 * random.NextDouble())), stop);
            try
            {
                await watcher.ConnectAsync(server, stop);
                return;
            }
            catch (WebSocketException)
            {
                // It is not up yet, and will be soon: it said that it restarts.
                delay = doubled < ExpectedMost ? doubled : ExpectedMost;
            }
        }
    }
}
