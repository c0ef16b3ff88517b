using System.Text.Json;
using Holdfast.Cli.Load;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Cli;

/// <summary><c>holdfast load</c>: what it sends, and what it says of it.</summary>
public sealed class LoadTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly double[] OneToHundred = [.. Enumerable.Range(1, 100).Select(number => (double)number)];

    [Fact]
    public async Task Every_event_of_the_plan_is_acknowledged_and_stored()
    {
        var run = await CliProcess.RunAsync(shared.Server.Address, "load", "--rate", "210", "--seconds", "0.5", "--batch", "10", "--type", "load.whole", "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        var report = JsonElement.Parse(run.Output);
        report.GetProperty("acknowledged").GetInt64().ShouldBe(105);
        report.GetProperty("latency_ms").GetProperty("p99").GetDouble().ShouldBeGreaterThan(0);
        (await shared.Server.StoredAsync("event_type=load.whole", 105)).Count.ShouldBe(105);
    }

    [Fact]
    public async Task What_the_server_does_not_take_is_counted_and_is_not_done()
    {
        var run = await CliProcess.RunAsync(shared.Server.Address, "load", "--rate", "100", "--seconds", "0.2", "--batch", "10", "--type", new string('x', 60));

        run.ExitCode.ShouldBe(1, run.Error);
        run.Output.ShouldContain("20 events were refused or not answered");
    }

    [Fact]
    public async Task A_server_that_takes_requests_and_says_nothing_does_not_hold_up_the_report()
    {
        await using var silent = await OddServer.StartAsync(context => context.Request.Method == "GET" ? context.Response.WriteAsync("{}") : OddServer.BeSilentAsync(context));

        var report = await CliProcess.RunAsync(silent.Address, "load", "--rate", "20", "--seconds", "0.1", "--batch", "1", "--timeout", "0.1", "--json");
        var people = await CliProcess.RunAsync(silent.Address, "load", "--rate", "20", "--seconds", "0.1", "--batch", "1", "--timeout", "0.1");

        report.ExitCode.ShouldBe(1, report.Error);
        var said = JsonElement.Parse(report.Output);
        (said.GetProperty("failed").GetInt64(), said.GetProperty("errors").GetProperty("timeout").GetInt64()).ShouldBe((2, 2));
        people.Output.ShouldContain("no answer within 0.1 s: 2 requests");
    }

    [Fact]
    public async Task What_makes_no_sense_is_said()
    {
        var run = await CliProcess.RunAsync(shared.Server.Address, "load", "--batch", "0");

        run.ExitCode.ShouldBe(64);
        run.Error.ShouldContain("--batch is 1 to 5000.");
    }

    [Fact]
    public void Requests_are_due_at_their_rate_and_the_last_one_has_what_is_left()
    {
        var plan = new LoadPlan(100, TimeSpan.FromSeconds(1.05), 20, "x");

        (plan.Events, plan.Requests).ShouldBe((105, 6));
        plan.DueAt(5).ShouldBe(TimeSpan.FromSeconds(1));
        (plan.SizeOf(4), plan.SizeOf(5)).ShouldBe((20, 5));
    }

    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.95, 95)]
    [InlineData(0.99, 99)]
    [InlineData(1, 100)]
    public void A_percentile_is_the_latency_within_which_that_share_was_acknowledged(double share, double milliseconds) =>
        new LoadReport(1, 0, 0, TimeSpan.FromSeconds(1), OneToHundred, new Dictionary<string, long>()).Percentile(share).ShouldBe(milliseconds);
}
