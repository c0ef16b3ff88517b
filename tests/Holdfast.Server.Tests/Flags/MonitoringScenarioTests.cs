using System.Net;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Flags;

/// <summary>The scenarios of monitoring by the names under which they are asked for: events, flags, metrics, health.</summary>
public sealed class MonitoringScenarioTests
{
    [Fact]
    public async Task Event_broadcast_flow()
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);

        (await server.PostAsync("""{"event_type":"order.placed","data":{"id":1}}""")).Status.ShouldBe(202);

        var frame = await watcher.UntilAsync(frame => frame.Type == "e");
        frame[2].EnumerateArray().ShouldHaveSingleItem().GetProperty("event_type").GetString().ShouldBe("order.placed");
    }

    [Fact]
    public async Task Flag_manager_integration()
    {
        await using var server = await TestServer.StartAsync();
        var defaults = new Dictionary<string, object>
        {
            [FlagNames.UseAdapter] = true,
            [FlagNames.AdapterType] = "realtime",
            [FlagNames.DualMode] = false,
            [FlagNames.EnableValidation] = true,
            [FlagNames.ValidationStrict] = false,
            [FlagNames.MetricsFlushInterval] = 300L,
            [FlagNames.MetricsPersistence] = true,
            [FlagNames.BatchSize] = 100L,
        };

        foreach (var (name, value) in defaults)
        {
            server.Flags.Get(name).ShouldNotBeNull().Value.ShouldBe(value);
        }

        (await server.PutFlagAsync(FlagNames.ValidationStrict, """{"value": true}""")).Status.ShouldBe(200);

        (await server.PostAsync("""{"event_type":"","data":{}}""")).Status.ShouldBe(422);
    }

    [Fact]
    public async Task Broadcaster_metrics_collection()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("""[{"event_type":"a","data":{}},{"event_type":"","data":{}}]""");

        var metrics = (await server.GetAsync("/metrics/validation")).Json;

        metrics.GetProperty("total_validations").GetInt64().ShouldBe(2);
        metrics.GetProperty("by_event_type").EnumerateArray().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Metrics_flush_operation()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("""{"event_type":"a","data":{}}""");

        var flush = (await server.AskAsync(HttpMethod.Post, "/metrics/flush", null)).Json;

        flush.GetProperty("status").GetString().ShouldBe("ok");
        flush.GetProperty("result").GetProperty("flushed").GetBoolean().ShouldBeTrue();
        flush.GetProperty("result").GetProperty("rows").GetInt32().ShouldBeGreaterThan(0);
        flush.GetProperty("timestamp").GetDateTime().Year.ShouldBeGreaterThan(2000);
    }

    [Fact]
    public async Task Broadcaster_health_check()
    {
        await using var server = await TestServer.StartAsync();

        (await server.GetAsync("/health")).Json.GetProperty("status").GetString().ShouldBe("pass");
    }

    [Fact]
    public async Task Flag_validation_logic()
    {
        await using var server = await TestServer.StartAsync();
        var healthy = (await Deadline.EventuallyAsync(() => server.GetAsync("/health/flags"), answer => answer.Body.Contains("healthy", StringComparison.Ordinal))).Json;

        await server.PutFlagAsync(FlagNames.EnableValidation, """{"value": false}""");
        await server.PutFlagAsync(FlagNames.ValidationStrict, """{"value": true}""");
        await server.PutFlagAsync(FlagNames.UseAdapter, """{"value": false}""");
        await server.PutFlagAsync(FlagNames.DualMode, """{"value": true}""");
        var degraded = (await server.GetAsync("/health/flags")).Json;

        healthy.GetProperty("issues").GetArrayLength().ShouldBe(0);
        degraded.GetProperty("health").GetString().ShouldBe("degraded");
        degraded.GetProperty("issues").EnumerateArray().Select(issue => issue.GetString()).ShouldBe(
            ["VALIDATION_STRICT enabled but ENABLE_VALIDATION disabled", "DUAL_MODE enabled but USE_ADAPTER disabled"]);
    }

    [Fact]
    public async Task Concurrent_broadcasts()
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => server.PostAsync($$$"""{"event_type":"burst","data":{"i":{{{i}}}}}""")));

        answers.ShouldAllBe(answer => answer.Status == 202);
        var seen = new HashSet<int>();
        while (seen.Count < 10)
        {
            var frame = await watcher.UntilAsync(frame => frame.Type == "e");
            seen.UnionWith(frame[2].EnumerateArray().Select(burst => burst.GetProperty("data").GetProperty("i").GetInt32()));
        }
    }

    [Theory]
    [InlineData("GET", "/status")]
    [InlineData("GET", "/flags/status")]
    [InlineData("GET", "/health/flags")]
    [InlineData("GET", "/metrics/validation")]
    [InlineData("GET", "/metrics/adapter")]
    [InlineData("POST", "/metrics/flush")]
    public async Task Endpoint(string method, string path)
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.AskAsync(new HttpMethod(method), path, null);

        answer.Status.ShouldBe((int)HttpStatusCode.OK);
        answer.ContentType.ShouldBe("application/json; charset=utf-8");
        answer.Json.GetProperty("timestamp").GetDateTime().Year.ShouldBeGreaterThan(2000);
    }

    [Fact]
    public async Task A_change_of_a_flag_reaches_those_who_watch_in_band()
    {
        await using var server = await TestServer.StartAsync();
        await using var watcher = await LiveClient.GreetedAsync(server);

        await server.PutFlagAsync("chart.fast", """{"value": true}""");

        (await watcher.UntilAsync(frame => frame.Type == "f"))[1].GetString().ShouldBe((await server.GetAsync("/flags/status")).Json.GetProperty("etag").GetString());
    }
}
