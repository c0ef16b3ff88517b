using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Cli;

/// <summary>The circuit breakers from the command line.</summary>
public sealed class BreakersTests
{
    [Fact]
    public async Task A_breaker_is_isolated_seen_and_reset()
    {
        await using var server = await TestServer.StartAsync();

        var isolated = await CliProcess.RunAsync(server.Address, "breakers", "isolate", "database", "--reason", "maintenance");
        var list = await CliProcess.RunAsync(server.Address, "breakers", "list");
        var reset = await CliProcess.RunAsync(server.Address, "breakers", "reset", "database");
        var after = await CliProcess.RunAsync(server.Address, "breakers", "list", "--json");
        var unknown = await CliProcess.RunAsync(server.Address, "breakers", "reset", "nothing");

        (isolated.ExitCode, isolated.Output.Trim()).ShouldBe((0, "database is isolated."), isolated.Error);
        list.ExitCode.ShouldBe(1);
        list.Output.ShouldContain("isolated");
        reset.Output.Trim().ShouldBe("database is closed.");
        after.ExitCode.ShouldBe(0);
        after.Output.ShouldContain("\"state\"");
        unknown.ExitCode.ShouldBe(2);
    }
}
