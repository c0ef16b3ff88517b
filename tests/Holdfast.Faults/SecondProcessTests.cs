using Holdfast.Faults.Support;
using Holdfast.Server;

namespace Holdfast.Faults;

/// <summary>Two servers on one data directory: the second leaves with one clear line, the first does not notice.</summary>
public sealed class SecondProcessTests(FaultReport report)
{
    [Fact(Timeout = 60_000)]
    public async Task A_second_process_on_the_same_directory_fails_with_one_line_and_the_first_is_unharmed()
    {
        var stop = TestContext.Current.CancellationToken;
        await using var scene = new Scene();
        await scene.StartAsync(stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = scene.Producer.RunAsync(scene.Server.Address, ending.Token);

        await using var second = ServerProcess.Launch(scene.Directory.Data);
        var exitCode = await second.WaitForExitAsync(stop);

        exitCode.ShouldBe(ExitCodes.Fault);
        second.Log.Split('\n').Where(line => !line.Contains(" info: ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain($"in use by process {scene.Server.Id}");
        await ending.CancelAsync();
        await load;
        scene.Producer.Refusals.ShouldBe(0);
        var verdict = await scene.JudgeAsync(stop);
        report.Add("second process", 1, verdict, []);
        verdict.ShouldBeClean("second process");
    }
}
