using System.Diagnostics;
using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>Writes that fail for another reason than a full disk: SQLite calls it an I/O error, and what is on disk is not certain.</summary>
public sealed class UnwritableFileTests(FaultReport report)
{
    private const ulong TooLittleBytes = 64 << 10;
    private static readonly TimeSpan UnwritableFor = TimeSpan.FromSeconds(3);

    [Fact(Timeout = 180_000)]
    public async Task Files_that_cannot_grow_refuse_and_the_server_goes_on_when_they_can()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene { Launcher = FileSizeLimit.Launcher };
        await scene.StartAsync(stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = scene.Producer.RunAsync(scene.Server.Address, ending.Token);
        await scene.Obligations.WhenAcknowledgedAsync(1_000, stop);

        FileSizeLimit.Set(scene.Server.Id, TooLittleBytes);
        await scene.Server.WhenSaysAsync("The spool cannot be written", stop);
        await Task.Delay(UnwritableFor, stop);
        scene.Producer.Refusals.ShouldBePositive();

        FileSizeLimit.Lift(scene.Server.Id);
        var lifted = Stopwatch.GetTimestamp();
        await scene.Server.WhenSaysAsync("The spool can be written again", stop);
        await ending.CancelAsync();
        await load;

        var firstStore = await scene.FirstStoreAsync(lifted, stop);
        var verdict = await scene.JudgeAsync(stop);
        report.Add("files cannot grow (EFBIG)", 1, verdict, [firstStore]);
        verdict.ShouldBeClean("files cannot grow");
        scene.Producer.RefusalsWithoutRetryAfter.ShouldBe(0);
    }
}
