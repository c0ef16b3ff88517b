using System.Diagnostics;
using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Server;

namespace Holdfast.Faults;

/// <summary>SIGTERM while the database cannot be had: the server leaves within its budget, drops nothing, and the next start drains it all.</summary>
public sealed class PostgresTerminationTests(FaultPostgres postgres, FaultReport report) : PostgresFaults(postgres, report)
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(30);

    [Fact(Timeout = TimeoutMs)]
    public async Task A_signal_while_the_database_is_down_drops_nothing()
    {
        await using var scene = await SceneAsync();
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await LeaveAndComeBackAsync("SIGTERM while it is down", scene, async () => await scene.Database!.Server.StopAsync(), async () => await scene.Database!.Server.StartAgainAsync());
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_signal_while_the_network_swallows_everything_drops_nothing_either()
    {
        await using var scene = await SceneAsync();
        await using var network = new CutProxy(scene.Database!.Server.Port);
        scene.Settings[FlagNames.Postgres] = scene.Database.ConnectionStringBy(network.Port);
        await scene.StartAsync(TestContext.Current.CancellationToken);

        await LeaveAndComeBackAsync("SIGTERM while the network is cut", scene, () => Task.Run(network.Cut), () => Task.Run(network.Mend));
    }

    private async Task LeaveAndComeBackAsync(string fault, Scene scene, Func<Task> harm, Func<Task> mend)
    {
        var stop = TestContext.Current.CancellationToken;
        await scene.FirstStoreAsync(Stopwatch.GetTimestamp(), stop);
        await harm();
        await scene.PostAsync(parcels: 50, eventsEach: 20);
        var asked = Stopwatch.GetTimestamp();
        (await scene.TerminateAsync(stop)).ShouldBe(ExitCodes.Clean, scene.Server.Log);
        Stopwatch.GetElapsedTime(asked).ShouldBeLessThan(Budget);

        // What was left behind may still complain after the report.
        scene.Server.Log.Split('\n').Last(line => line.Contains("Shutdown:")).ShouldContain("dead_lettered=0 dropped=0");

        await mend();
        var mended = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        await ShouldBeExactAsync(fault, scene, await scene.FirstStoreAsync(mended, stop));
    }
}
