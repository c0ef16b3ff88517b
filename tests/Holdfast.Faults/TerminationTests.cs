using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Holdfast.Faults.Support;
using Holdfast.Server;

namespace Holdfast.Faults;

/// <summary>SIGTERM drains what can be drained, keeps the rest, and says so; a second one leaves at once and loses nothing either.</summary>
public sealed class TerminationTests(FaultReport report)
{
    private const int TimeoutMs = 120_000;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(30);

    [Fact(Timeout = TimeoutMs)]
    public async Task A_signal_under_load_drains_drops_nothing_and_ends_with_0()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        var load = scene.Producer.RunAsync(scene.Server.Address, stop);
        await Task.Delay(TimeSpan.FromSeconds(1), stop);

        var exitCode = await scene.TerminateAsync(stop);
        await load;

        exitCode.ShouldBe(ExitCodes.Clean, scene.Server.Log);
        LastLine(scene).ShouldContain("spooled=0 dead_lettered=0 dropped=0");
        scene.Producer.RefusalsWithoutRetryAfter.ShouldBe(0);
        await JudgeAfterRestartAsync(scene, "SIGTERM under load", stop);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_signal_while_the_store_is_locked_ends_within_its_budget_and_keeps_everything_in_the_spool()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        var started = Stopwatch.GetTimestamp();
        int exitCode;
        using (StoreLock.Take(scene.Directory))
        {
            await scene.PostAsync(parcels: 50, eventsEach: 20);
            started = Stopwatch.GetTimestamp();
            exitCode = await scene.TerminateAsync(stop);
        }

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Budget);
        exitCode.ShouldBe(ExitCodes.Clean, scene.Server.Log);
        LastLine(scene).ShouldContain("spooled=1000 dead_lettered=0 dropped=0");
        await JudgeAfterRestartAsync(scene, "SIGTERM, store locked", stop);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task The_service_manager_is_told_when_it_is_ready_and_when_it_leaves()
    {
        var stop = TestContext.Current.CancellationToken;
        using var directory = new FaultDirectory();
        var socketPath = directory.Beside("notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(socketPath));
        await using var server = await ServerProcess.StartAsync(directory.Data, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = socketPath }, stop);
        (await ReceiveAsync(manager, stop)).ShouldContain("READY=1");

        server.Terminate();

        (await ReceiveAsync(manager, stop)).ShouldContain("STOPPING=1");
        (await server.WaitForExitAsync(stop)).ShouldBe(ExitCodes.Clean, server.Log);
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("TERM", "TERM")]
    [InlineData("TERM", "INT")]
    [InlineData("INT", "TERM")]
    [InlineData("INT", "INT")]
    public async Task A_second_signal_of_either_kind_leaves_at_once_with_70_and_loses_nothing(string first, string second)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene { Launcher = ServerProcess.Interruptible };
        await scene.StartAsync(stop);
        int exitCode;
        using (StoreLock.Take(scene.Directory))
        {
            await scene.PostAsync(parcels: 50, eventsEach: 20);
            Signal(scene.Server, first);
            await scene.Server.WhenSaysAsync("Shutdown: leaving", stop);
            Signal(scene.Server, second);
            exitCode = await scene.Server.WaitForExitAsync(stop);
        }

        exitCode.ShouldBe(ExitCodes.Forced, scene.Server.Log);
        await JudgeAfterRestartAsync(scene, $"SIG{first}, then SIG{second}", stop);
    }

    private static async Task<string> ReceiveAsync(Socket socket, CancellationToken stop)
    {
        var buffer = new byte[512];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, stop));
    }

    private static void Signal(ServerProcess server, string name)
    {
        if (name == "INT")
        {
            server.Interrupt();
        }
        else
        {
            server.Terminate();
        }
    }

    private static string LastLine(Scene scene) => scene.Server.Log.Split('\n')[^1];

    private async Task JudgeAfterRestartAsync(Scene scene, string fault, CancellationToken stop)
    {
        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        var firstStore = await scene.FirstStoreAsync(restarted, stop);
        var verdict = await scene.JudgeAsync(stop);
        report.Add(fault, 1, verdict, [firstStore]);
        verdict.ShouldBeClean(fault);
    }
}
