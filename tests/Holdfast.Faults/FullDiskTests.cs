using System.Diagnostics;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>A full disk: nothing is acknowledged that is not on it, and when there is room again it goes on by itself.</summary>
public sealed class FullDiskTests(FaultReport report)
{
    private const int TimeoutMs = 180_000;
    private const int DiskMegabytes = 96;
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(3);

    [Fact(Timeout = TimeoutMs)]
    public async Task A_full_disk_refuses_and_the_server_goes_on_when_there_is_room_again()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var disk = await DiskAsync(stop);
        await using var scene = new Scene(disk.Data);
        await scene.StartAsync(stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = scene.Producer.RunAsync(scene.Server.Address, ending.Token);

        await StayFullAsync(disk, scene, stop);
        disk.Free();
        var freed = Stopwatch.GetTimestamp();
        await scene.Server.WhenSaysAsync("The spool can be written again", stop);
        await ending.CancelAsync();
        await load;

        var firstStore = await scene.FirstStoreAsync(freed, stop);
        var verdict = await scene.JudgeAsync(stop);
        report.Add("disk full", 1, verdict, [firstStore]);
        verdict.ShouldBeClean("full disk");
        scene.Producer.RefusalsWithoutRetryAfter.ShouldBe(0);
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_kill_on_a_full_disk_costs_nothing_that_was_acknowledged()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var disk = await DiskAsync(stop);
        await using var scene = new Scene(disk.Data);
        await scene.StartAsync(stop);
        var load = scene.Producer.RunAsync(scene.Server.Address, stop);

        await StayFullAsync(disk, scene, stop);
        await scene.KillAsync(stop);
        await load;
        disk.Free();

        var restarted = Stopwatch.GetTimestamp();
        await scene.StartAsync(stop);
        var firstStore = await scene.FirstStoreAsync(restarted, stop);
        var verdict = await scene.JudgeAsync(stop);
        report.Add("disk full, then kill -9", 1, verdict, [firstStore]);
        verdict.ShouldBeClean("full disk and kill");
    }

    private static async Task StayFullAsync(SmallDisk disk, Scene scene, CancellationToken stop)
    {
        await scene.Obligations.WhenAcknowledgedAsync(1_000, stop);
        using var filled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var filling = disk.FillAsync(filled.Token);
        await scene.Server.WhenSaysAsync("The spool cannot be written", stop);
        await Task.Delay(FullFor, stop);
        await filled.CancelAsync();
        await filling;
        scene.Producer.Refusals.ShouldBePositive("a full disk is said to those who send");
    }

    private static async Task<SmallDisk> DiskAsync(CancellationToken stop)
    {
        var (disk, reason) = await SmallDisk.MountAsync(DiskMegabytes, stop);
        Assert.SkipWhen(disk is null, $"A small file system cannot be mounted here, which takes root: {reason}. The limit on file sizes is tested all the same.");
        return disk!;
    }
}
