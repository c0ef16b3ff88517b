using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Api;

/// <summary>A server whose store is a file that is no database.</summary>
public sealed class StoreUnavailableTests : IAsyncLifetime
{
    private readonly DataDirectory _data = new DataDirectory().WithCorruptStore();
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(_data);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _data.Dispose();
    }

    [Theory]
    [InlineData("/api/events")]
    [InlineData("/api/series?name=system.cpu.utilization")]
    public async Task What_only_the_store_knows_is_refused_with_a_time_to_come_back(string path)
    {
        var answer = await Server.GetAsync(path);

        answer.ShouldBeProblem(503).GetProperty("detail").GetString()!.ShouldContain("(damaged)");
        answer.Body.ShouldNotContain(_data.Path);
        answer.ShouldSayWhenToComeBack();
    }

    [Fact]
    public async Task Validation_metrics_are_not_flushed_and_the_answer_says_what_waits()
    {
        await Server.PostAsync("""[{"event_type":"a","data":{}},{"event_type":"b","data":{}}]""");

        var flush = await Server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/metrics/flush"));
        var shown = await Server.GetAsync("/metrics/validation");

        var problem = flush.ShouldBeProblem(503);
        flush.ShouldSayWhenToComeBack();
        problem.GetProperty("flushed").GetBoolean().ShouldBeFalse();
        problem.GetProperty("spooled").GetInt32().ShouldBe(2);
        problem.GetProperty("detail").GetString()!.ShouldContain("(damaged)");
        flush.Body.ShouldNotContain(_data.Path);
        shown.Body.ShouldNotContain(_data.Path);
        shown.Json.GetProperty("total_validations").GetInt64().ShouldBe(3, "with the event that says who tried");
        shown.Json.GetProperty("recent").ValueKind.ShouldBe(JsonValueKind.Null);
        shown.Json.GetProperty("store_fault").GetString()!.ShouldContain("(damaged)");
    }

    [Fact]
    public async Task A_bad_query_is_told_all_the_same() => (await Server.GetAsync("/api/events?limit=0")).ShouldBeProblem(400);

    [Fact]
    public async Task The_server_is_ready_and_warns()
    {
        var ready = await Server.GetAsync("/health/ready");
        var status = await Server.GetAsync("/status");

        ready.Status.ShouldBe(200);
        ready.Json.GetProperty("status").GetString().ShouldBe("warn");
        ready.Json.GetProperty("problems")[0].GetString()!.ShouldContain("(damaged)");
        ready.Body.ShouldNotContain(_data.Path); // whoever may probe need not know where the data is: the log says it
        status.Json.GetProperty("status").GetProperty("state").GetString().ShouldBe("degraded");
    }

    [Fact]
    public async Task Events_are_accepted_wait_in_the_spool_and_are_stored_once_the_store_is_mended()
    {
        (await Server.PostAsync(SomeEvents.Many("waits.sent", 1, 50))).Status.ShouldBe(202);
        var waiting = (await Server.GetAsync("/api/ledger")).Json;

        _data.RemoveStore();
        var stored = await Server.StoredAsync("event_type=waits.sent", 50);

        waiting.GetProperty("store_current").GetBoolean().ShouldBeFalse();
        waiting.GetProperty("events").GetProperty("spooled").GetInt64().ShouldBe(50);
        waiting.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.Null, "nobody knows it");
        stored.Select(SomeEvents.Number).Order().ShouldBe(Enumerable.Range(1, 50));
        (await Server.GetAsync("/health/ready")).Json.GetProperty("status").GetString().ShouldBe("pass");
    }

    [Fact]
    public async Task Watchers_see_events_live_and_catch_up_from_the_spool()
    {
        await using var watcher = await LiveClient.GreetedAsync(Server);
        var cursor = watcher.Cursor;

        await Server.PostAsync(SomeEvents.Many("waits.live", 1, 3));
        await watcher.UntilSequenceAsync(3);
        await using var later = await LiveClient.GreetedAsync(Server, since: cursor);
        await later.UntilSequenceAsync(3);

        watcher.Sequences.ShouldBe([1, 2, 3]);
        later.Sequences.ShouldBe([1, 2, 3]);
        later.Seen.ShouldNotContain(frame => frame.Type == "g");
    }
}
