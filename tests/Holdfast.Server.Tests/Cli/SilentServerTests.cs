using System.Net;
using System.Net.Sockets;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Cli;

/// <summary>What the tool does about something that takes connections and says nothing.</summary>
public sealed class SilentServerTests
{
    private static readonly string[] Hasty = ["--timeout", "0.2"];

    // Where something has to be answered before the silence, on a busy machine too.
    private static readonly string[] Patient = ["--timeout", "10"];

    [Theory]
    [InlineData("status")]
    [InlineData("health")]
    [InlineData("flags", "set", "chart.fast", "true")]
    [InlineData("dlq", "replay", "--all")]
    [InlineData("dlq", "export")]
    public async Task It_is_told_after_a_while_with_what_to_do(params string[] verb)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var server = new Uri($"http://{silent.LocalEndpoint}");

        var run = await CliProcess.RunAsync(server, [.. verb, .. Hasty]);

        run.ExitCode.ShouldBe(69, run.Error);
        run.Error.ShouldContain($"No answer from {server} within");
        run.Error.ShouldContain("--timeout");
    }

    [Fact]
    public async Task An_export_that_comes_to_a_stop_is_not_whole()
    {
        await using var server = await OddServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("{\"id\":1}\n");
            await context.Response.Body.FlushAsync();
            await OddServer.BeSilentAsync(context);
        });

        var run = await CliProcess.RunAsync(server.Address, ["dlq", "export", .. Patient]);

        run.ExitCode.ShouldBe(69, run.Error);
        run.Output.ShouldBe("{\"id\":1}\n");
        run.Error.ShouldContain("broke off after 1 letters and is not whole: No answer from");
    }

    [Fact]
    public async Task Who_watches_connects_again()
    {
        var connections = 0;
        await using var server = await OddServer.StartAsync(context =>
        {
            if (context.Request.Path != "/live")
            {
                return context.Response.WriteAsync("{}");
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Interlocked.Increment(ref connections) == 1 ? OddServer.BeSilentAsync(context) : Task.CompletedTask;
        });

        var run = await CliProcess.RunAsync(server.Address, ["watch", .. Patient]);

        run.ExitCode.ShouldBe(2, run.Error);
        run.Error.ShouldContain("within 10 s. Connecting again.");
    }

    [Fact]
    public async Task A_time_that_makes_no_sense_is_said()
    {
        var run = await CliProcess.RunAsync(new Uri("http://127.0.0.1:1"), "status", "--timeout", "0");

        run.ExitCode.ShouldBe(64);
        run.Error.ShouldContain("--timeout is 0.1 to 3600.");
    }
}
