using System.Text.Json;
using Holdfast.Faults.Support;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Cli;

/// <summary><c>holdfast watch</c> against the server as it ships.</summary>
public sealed class WatchTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Events_come_one_a_line_as_the_API_has_them()
    {
        var cursor = await CursorAsync();
        await _server.PostAsync("""[{"event_type":"watch.one","data":{"n":1}},{"event_type":"other","data":{}},{"event_type":"watch.two","source":"shop","data":{"n":2}}]""");

        var lines = await CliProcess.RunAsync(_server.Address, "watch", "--json", "--since", cursor, "--type", "watch.", "--count", "2");
        var people = await CliProcess.RunAsync(_server.Address, "watch", "--since", cursor, "--source", "shop", "--count", "1");

        lines.ExitCode.ShouldBe(0, lines.Error);
        Parse(lines).Select(item => item.GetProperty("data").GetProperty("n").GetInt32()).ShouldBe([1, 2]);
        people.ExitCode.ShouldBe(0, people.Error);
        people.Output.ShouldContain("watch.two  shop");
        people.Error.ShouldContain("--since ");
    }

    [Fact]
    public async Task A_connection_that_breaks_costs_no_event_and_doubles_none()
    {
        const int Events = 60;
        await using var network = new CutProxy(_server.Address.Port);
        var cursor = await CursorAsync();
        var watching = CliProcess.RunAsync(new Uri($"http://127.0.0.1:{network.Port}"), "watch", "--json", "--since", cursor, "--type", "watch.cut", "--count", $"{Events}");
        await Deadline.EventuallyAsync(() => _server.GetAsync("/api/sessions"), answer => answer.Json.GetProperty("items").GetArrayLength() > 0);

        for (var number = 0; number < Events; number++)
        {
            await _server.PostAsync($$$"""{"event_type":"watch.cut","data":{"n":{{{number}}}}}""");
            if (number % 20 == 10)
            {
                network.Drop();
            }
        }

        var run = await watching;
        run.ExitCode.ShouldBe(0, run.Error);
        Parse(run).Select(item => item.GetProperty("data").GetProperty("n").GetInt32()).ShouldBe(Enumerable.Range(0, Events));
        run.Error.ShouldContain("Connecting again.");
    }

    [Fact]
    public async Task It_ends_well_and_quietly_when_nobody_reads_any_more()
    {
        var cursor = await CursorAsync();
        await _server.PostAsync("""{"event_type":"watch.head","data":{}}""");

        var run = await CliProcess.FirstLineAsync(_server.Address, "watch", "--json", "--since", cursor, "--type", "watch.head");

        run.ExitCode.ShouldBe(0, run.Error);
        Parse(run).ShouldHaveSingleItem().GetProperty("event_type").GetString().ShouldBe("watch.head");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task So_does_an_export_that_has_more_to_say()
    {
        await using var endless = await OddServer.StartAsync(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync("{\"id\":1}\n", context.RequestAborted);
            }
        });

        var run = await CliProcess.FirstLineAsync(endless.Address, "dlq", "export");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldBe("{\"id\":1}\n");
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_no_cursor_is_refused()
    {
        var run = await CliProcess.RunAsync(_server.Address, "watch", "--json", "--since", "nonsense");

        run.ExitCode.ShouldBe(2, run.Error);
        run.Error.ShouldContain("Leave it out to begin now.");
    }

    private static IEnumerable<JsonElement> Parse(CliRun run) => run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line));

    private async Task<string> CursorAsync() => (await _server.GetAsync("/api/overview")).Json.GetProperty("cursor").GetString()!;
}
