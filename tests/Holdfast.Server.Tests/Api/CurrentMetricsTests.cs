using System.Text.Json;
using Holdfast.AspNetCore.Api;
using Holdfast.Server.Tests.Support;
using Holdfast.Testing;
using Answer = Holdfast.Server.Tests.Support.Answer;

namespace Holdfast.Server.Tests.Api;

/// <summary>What is measured at this moment, how watchers are served, and events as a file.</summary>
public sealed class CurrentMetricsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("/metrics/current")]
    [InlineData("/api/metrics/current")]
    public async Task The_current_numbers_are_measured(string path)
    {
        await _server.GetAsync("/status");

        var now = (await _server.GetAsync(path)).Json;

        now.GetProperty("latency_p95").GetDouble().ShouldBePositive();
        now.GetProperty("memory_mb").GetDouble().ShouldBeInRange(10, 10_000);
        now.GetProperty("success_rate").GetDouble().ShouldBeInRange(0, 100);
        now.GetProperty("requests").GetInt64().ShouldBePositive();
    }

    [Fact]
    public void A_minute_is_looked_back_and_what_the_server_could_not_do_has_failed()
    {
        var time = new ManualTimeProvider();
        var meter = new RequestMeter(time);
        Note(meter, time, TimeSpan.FromMilliseconds(1), times: 95, status: 200);
        Note(meter, time, TimeSpan.FromMilliseconds(40), times: 4, status: 404);
        Note(meter, time, TimeSpan.FromMilliseconds(40), times: 1, status: 503);

        var now = meter.Measure();
        time.Advance(TimeSpan.FromSeconds(30));
        Note(meter, time, TimeSpan.FromMilliseconds(100), times: 1, status: 200);
        time.Advance(TimeSpan.FromSeconds(31));
        var later = meter.Measure();
        time.Advance(TimeSpan.FromSeconds(60));

        (now.Requests, now.Failed).ShouldBe((100, 1));
        now.P95!.Value.TotalMilliseconds.ShouldBeInRange(1, 1.125);
        (later.Requests, later.Failed).ShouldBe((1, 0));
        later.P95!.Value.TotalMilliseconds.ShouldBeInRange(100, 112.5);
        meter.Measure().ShouldBe(new RequestsMeasured(0, 0, null));
    }

    [Fact]
    public async Task The_adapter_counts_its_watchers_and_what_they_got()
    {
        var before = Websocket(await _server.GetAsync("/metrics/adapter"));
        await using var watcher = await LiveClient.GreetedAsync(_server);

        var answer = await Deadline.EventuallyAsync(
            () => _server.GetAsync("/metrics/adapter"), answer => Frames(Websocket(answer)) > Frames(before));

        answer.Json.GetProperty("adapter_type").GetString().ShouldBe("realtime");
        Websocket(answer).GetProperty("connections").GetInt32().ShouldBe(before.GetProperty("connections").GetInt32() + 1);
    }

    [Fact]
    public async Task All_events_that_match_are_downloaded_a_line_each()
    {
        await _server.PostAsync($"[{string.Join(",", Enumerable.Range(0, 700).Select(i => $$"""{"event_type": "exported.one", "data": {"n": {{i}} } }"""))}]");
        await _server.StoredAsync("event_type=exported.one", 500);

        var answer = await _server.GetAsync("/api/export?event_type=exported.one");

        answer.ContentType.ShouldBe("application/x-ndjson; charset=utf-8");
        answer.ContentHeaders.ContentDisposition!.ToString().ShouldStartWith("attachment; filename=\"events-");
        var numbers = answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data").GetProperty("n").GetInt32());
        numbers.Order().ShouldBe(Enumerable.Range(0, 700));
        (await _server.GetAsync("/api/export?since=yesterday&limit=3")).ShouldBeProblem(400);
    }

    [Theory]
    [InlineData("/healthz", "/health")]
    [InlineData("/readyz", "/health/ready")]
    [InlineData("/livez", "/health/live")]
    public async Task The_usual_names_of_probes_answer_too(string alias, string path)
    {
        var (one, other) = (await _server.GetAsync(alias), await _server.GetAsync(path));

        (one.Status, one.Json.GetProperty("status").GetString()).ShouldBe((other.Status, other.Json.GetProperty("status").GetString()));
    }

    private static void Note(RequestMeter meter, ManualTimeProvider time, TimeSpan took, int times, int status)
    {
        for (var i = 0; i < times; i++)
        {
            // All within a second: durations are told, not spent.
            meter.Note(time.GetTimestamp() - (long)(took.TotalSeconds * time.TimestampFrequency), status);
        }
    }

    private static long Frames(JsonElement adapter) => adapter.GetProperty("frames_delivered").GetInt64();

    private static JsonElement Websocket(Answer answer) => answer.Json.GetProperty("metrics").GetProperty("adapters").GetProperty("websocket");
}
