using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Cli;

/// <summary><c>holdfast health</c>: its exit code is the server's state.</summary>
public sealed class HealthVerbTests
{
    private const int ResultsInARow = 3;

    [Fact]
    public async Task A_warning_is_an_exit_code_and_stands_in_the_history()
    {
        await using var server = await TestServer.StartAsync();
        var well = await Deadline.EventuallyAsync(() => CliProcess.RunAsync(server.Address, "health"), run => run.ExitCode == 0);

        await CliProcess.RunAsync(server.Address, "breakers", "isolate", "adapter_realtime");
        for (var result = 0; result < ResultsInARow; result++)
        {
            (await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/health/checks/breakers/run"))).Status.ShouldBe(200);
        }

        var warned = await CliProcess.RunAsync(server.Address, "health", "--json");
        var history = await CliProcess.RunAsync(server.Address, "health", "history", "--check", "breakers");
        await CliProcess.RunAsync(server.Address, "breakers", "reset", "adapter_realtime");

        well.Output.ShouldContain("storage");
        warned.ExitCode.ShouldBe(1, warned.Error);
        warned.Output.ShouldContain("\"score\"");
        history.Output.ShouldContain("breakers");
        history.ExitCode.ShouldBe(0, history.Error);
    }
}
