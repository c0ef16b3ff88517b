using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Api;

/// <summary>Operations over many items over HTTP, on the embedded store, with the server's own workers.</summary>
public sealed class OperationsTests : IAsyncLifetime
{
    private readonly SwitchedHandler _handler = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(
        settings: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.RetryPolicies] = JsonElement.Parse("""{"switched": {"max_retries": 1, "break_after_failures": 0}}"""),
            [FlagNames.RetryTargetRate] = 0L,
        },
        services: services => services.AddSingleton<IRetryHandler>(_handler));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_replay_stops_at_the_canary_while_the_target_still_fails_and_goes_on_when_it_is_mended()
    {
        await DeadLettersAsync(30);
        var begun = await PostAsync("", """{"kind": "replay", "filter": {"operation_type": "switched"}, "canary": true, "reason": "the till is back"}""");
        var id = begun.Json.GetProperty("id").GetGuid();
        var stopped = await OperationAsync(id, "stopped");

        _handler.Works = true;
        var resumed = await PostAsync($"/{id}/resume");
        var completed = await OperationAsync(id, "completed");

        begun.Status.ShouldBe(202, begun.Body);
        (Number(stopped, "taken"), Number(stopped, "failed"), Number(stopped, "matched")).ShouldBe((1, 1, 30));
        stopped.GetProperty("because").GetString().ShouldNotBeNullOrEmpty();
        resumed.Status.ShouldBe(200, resumed.Body);
        Number(completed, "taken").ShouldBe(30);
        (await CountAsync("completed")).ShouldBe(29); // the one that failed again at the canary is younger than the operation
        (await CountAsync("dead_letter")).ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"kind": "replay", "filter": {"operation_type": "switched"}, "dry_run": true}""", 7)]
    [InlineData("""{"kind": "replay", "filter": {"operation_type": "other"}, "dry_run": true}""", 0)]
    [InlineData("""{"kind": "discard", "over": "dead_letters", "filter": {}, "dry_run": true}""", 0)]
    public async Task A_dry_run_counts_and_begins_nothing(string order, int matched)
    {
        await DeadLettersAsync(7);

        var counted = await PostAsync("", order);

        counted.Status.ShouldBe(200, counted.Body);
        Number(counted.Json, "matched").ShouldBe(matched);
        (await _server.GetAsync("/api/operations")).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
        (await CountAsync("dead_letter")).ShouldBe(7);
    }

    [Fact]
    public async Task What_is_given_up_stays_given_up()
    {
        await DeadLettersAsync(12);

        var id = (await PostAsync("", """{"kind": "discard", "filter": {}, "rate_per_second": 1000}""")).Json.GetProperty("id").GetGuid();
        var completed = await OperationAsync(id, "completed");
        var late = await PostAsync($"/{id}/cancel");

        (Number(completed, "taken"), Number(completed, "succeeded")).ShouldBe((12, 12));
        (await CountAsync("cancelled")).ShouldBe(12);
        late.ShouldBeProblem(409).GetProperty("detail").GetString().ShouldBe("It is completed.");
    }

    [Fact]
    public async Task An_operation_is_paused_and_cancelled_and_all_of_it_is_audited()
    {
        await DeadLettersAsync(5);
        var id = (await PostAsync("", """{"kind": "replay", "filter": {}, "rate_per_second": 0.01}""")).Json.GetProperty("id").GetGuid();

        var paused = await PostAsync($"/{id}/pause", """{"reason": "wait"}""");
        var twice = await PostAsync($"/{id}/pause");
        var cancelled = await PostAsync($"/{id}/cancel");

        paused.Json.GetProperty("state").GetString().ShouldBe("paused");
        twice.ShouldBeProblem(409);
        cancelled.Json.GetProperty("state").GetString().ShouldBe("cancelled");
        var audit = await Deadline.EventuallyAsync(
            async () => (await _server.GetAsync("/api/audit")).Json.GetProperty("items").EnumerateArray().Where(entry => entry.GetProperty("target").GetString() == $"{id}").ToList(),
            found => found.Count == 3);
        audit.Select(entry => entry.GetProperty("action").GetString()).ShouldBe(["operation.cancel", "operation.pause", "operation.begin"]);
    }

    [Fact]
    public async Task Rows_that_the_store_refused_are_replayed_in_bulk_and_each_is_met_once()
    {
        var rows = Enumerable.Repeat("""{"event_type": "bulk.refused\u0000", "data": {}}""", 7);
        (await _server.PostAsync($"[{string.Join(',', rows)}]")).Status.ShouldBe(202);
        await Deadline.EventuallyAsync(() => _server.GetAsync("/api/dead-letters"), answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() == 7);

        var id = (await PostAsync("", """{"kind": "replay", "over": "dead_letters", "filter": {"text": "bulk.refused"}, "stop_above": 1}""")).Json.GetProperty("id").GetGuid();
        var completed = await OperationAsync(id, "completed");

        (Number(completed, "matched"), Number(completed, "taken"), Number(completed, "failed")).ShouldBe((7, 7, 7));
    }

    [Fact]
    public async Task Every_fault_of_what_was_asked_for_is_told() => (await PostAsync("", """
        {"kind": "burn", "over": "everything", "filter": {"nonsense": "1"}, "stop_above": 2, "rate_per_second": 0, "more": 1}
        """)).ShouldBeProblem(400).RulesAndFields().Select(both => both.Split(' ')[1]).ShouldBe(
        ["kind", "over", "filter.nonsense", "stop_above", "rate_per_second", "more"], ignoreOrder: true);

    [Theory]
    [InlineData("""{"kind": "cancel", "filter": {"q": "till"}}""", "filter.q")]
    [InlineData("""{"kind": "replay", "filter": {"target": "a\u0000"}}""", "filter.target")]
    [InlineData("""{"kind": "cancel", "over": "dead_letters", "filter": {}}""", "kind")]
    public async Task What_could_never_match_is_not_begun(string order, string field) =>
        (await PostAsync("", order)).ShouldBeProblem(400).RulesAndFields().ShouldHaveSingleItem().ShouldEndWith(" " + field);

    [Fact]
    public async Task Nobody_means_all_by_saying_nothing() =>
        (await PostAsync("", """{"kind": "discard"}""")).ShouldBeProblem(400).RulesAndFields().ShouldHaveSingleItem().ShouldEndWith(" filter");

    [Theory]
    [InlineData("0195b9a0-1111-7000-8000-000000000001")]
    [InlineData("17")]
    public async Task There_is_no_such_operation(string id)
    {
        (await _server.GetAsync($"/api/operations/{id}")).ShouldBeProblem(404);
        (await PostAsync($"/{id}/pause")).ShouldBeProblem(404);
    }

    private async Task DeadLettersAsync(int count)
    {
        var drafts = Enumerable.Repeat("""{"operation_type": "switched"}""", count);
        var answer = await _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/retries") { Content = Json($"[{string.Join(',', drafts)}]") });
        answer.Status.ShouldBe(202, answer.Body);
        await Deadline.EventuallyAsync(() => CountAsync("dead_letter"), dead => dead == count);
    }

    private async Task<long> CountAsync(string status) => (await _server.GetAsync("/api/retries/stats")).Json.GetProperty("totals").GetProperty(status).GetInt64();

    private async Task<JsonElement> OperationAsync(Guid id, string state) => (await Deadline.EventuallyAsync(
        () => _server.GetAsync($"/api/operations/{id}"), answer => answer.Status == 200 && answer.Json.GetProperty("state").GetString() == state)).Json;

    private Task<Answer> PostAsync(string path, string body = "") => _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/api/operations{path}") { Content = Json(body) });

    private static long Number(JsonElement operation, string name) => operation.GetProperty(name).GetInt64();

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>Fails until it is told to work.</summary>
    private sealed class SwitchedHandler : IRetryHandler
    {
        public bool Works { get; set; }

        public string OperationType => "switched";

        public bool AllowExternal => true;

        public Task<RetryOutcome> HandleAsync(RetryContext context, CancellationToken cancellationToken) =>
            Task.FromResult(Works ? RetryOutcome.Done : RetryOutcome.Retry("the till is broken"));
    }
}
