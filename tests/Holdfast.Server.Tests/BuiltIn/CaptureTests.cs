using System.Collections.Concurrent;
using System.Text.Json;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>
/// From a failure to the operation that is done after all, in a running server; and what must never be executed is not. The same whatever the queue
/// is stored in.
/// </summary>
public abstract class CaptureTests : IAsyncLifetime
{
    private static readonly JsonElement Hurried = JsonElement.Parse("""{"http_callback": {"initial_delay_seconds": 0, "break_after_failures": 0}}""");

    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, object> { [FlagNames.RetryPolicies] = Hurried, [FlagNames.CallbackAllow] = "127.0.0.0/8" };
        await ChooseStoreAsync(settings);
        _server = await TestServer.StartAsync(settings: settings);

        // The queue's database may still be making its schema.
        await Deadline.EventuallyAsync(() => _server.GetAsync("/api/retries"), answer => answer.Status == 200);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task A_failure_that_is_posted_becomes_a_call_that_is_made()
    {
        await using var target = await TrialTarget.StartAsync(refusals: 2);

        var answer = await _server.PostAsync($$$"""
            {"event_type": "payment.failed", "event_id": "0195b9a0-1111-7000-8000-000000000001", "data": {"error": "away", "operation":
            {"operation_type": "http_callback", "target": "{{{target.Address}}}/paid", "payload": {"body": {"order": 17} }, "correlation_id": "order-17"} } }
            """);
        var done = await ItemAsync("status=completed");

        answer.Status.ShouldBe(202);
        done.GetProperty("id").GetString().ShouldStartWith("0195b9a0-1111-7000-80");
        done.GetProperty("correlation_id").GetString().ShouldBe("order-17");
        done.GetProperty("attempt").GetInt32().ShouldBe(3);
        target.Taken.ShouldHaveSingleItem();
        (await _server.StoredAsync("event_type=payment.failed", 1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_event_that_a_failure_has_published_is_recorded_beside_the_event_that_told_of_it()
    {
        const string Failure = """
            {"event_type": "payment.failed", "event_id": "0195b9a0-1111-7000-8000-000000000002", "data": {"operation":
            {"operation_type": "event_publish", "target": "payment.repeated", "payload": {"data": {"order": 17} } } } }
            """;

        await _server.PostAsync(Failure);
        await _server.PostAsync(Failure);

        (await _server.StoredAsync("event_type=payment.repeated", 1)).Count.ShouldBe(1);
        (await _server.StoredAsync("event_type=payment.failed", 1)).Count.ShouldBe(1);
        (await _server.GetAsync("/api/retries")).Json.GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A_failure_that_is_sent_over_the_socket_is_captured_too()
    {
        await using var target = await TrialTarget.StartAsync(refusals: 0);
        await using var socket = await SocketClient.ConnectAsync(_server.WebSocketAddress("/events"));

        await socket.SendAsync($$"""{"event_type": "payment.timeout", "data": {"operation": {"operation_type": "http_callback", "target": "{{target.Address}}/", "payload": {} } } }""");

        await ItemAsync("status=completed");
    }

    [Fact]
    public async Task What_may_not_come_from_outside_is_a_dead_letter_that_no_replay_executes()
    {
        await _server.PostAsync("""{"event_type": "payment.failed", "data": {"operation": {"operation_type": "sql_operation", "payload": {"sql": "DROP TABLE orders"}}}}""");

        var letter = await ItemAsync("status=dead_letter");
        var requeued = await _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/api/retries/{letter.GetProperty("id").GetString()}/requeue"));
        requeued.Status.ShouldBe(200);
        var again = await ItemAsync("status=dead_letter");

        letter.GetProperty("operation_type").GetString().ShouldBe("not_executable");
        letter.GetProperty("last_error").GetString()!.ShouldStartWith("not_executable: payment.failed: ");
        again.GetProperty("id").GetString().ShouldBe(letter.GetProperty("id").GetString());
        (await _server.GetAsync("/metrics")).Body.ShouldContain("holdfast_capture_not_executable_total{outcome=\"dead_letter\"} 1");
    }

    [Fact]
    public async Task An_ordinary_event_from_outside_is_no_affair_of_the_queue()
    {
        await _server.PostAsync("""[{"event_type": "order.failed", "data": {"order": 17}}, {"event_type": "order.failed", "data": {"operation": {"operation_type": "http_callback"}}, "metadata": {"no_retry": true}}]""");
        await _server.StoredAsync("event_type=order.failed", 2);

        // What is captured is captured before the answer to the request after it.
        _server.Services.GetRequiredService<IEventBus>().Publish("order.error");
        var letter = await ItemAsync("status=dead_letter");

        (await _server.GetAsync("/api/retries")).Json.GetProperty("items").GetArrayLength().ShouldBe(1);
        letter.GetProperty("target").GetString().ShouldBe("order.error");
    }

    [Fact]
    public async Task The_end_of_a_retry_is_told_on_the_bus_and_never_comes_back()
    {
        var heard = new ConcurrentQueue<BusEvent>();
        var bus = _server.Services.GetRequiredService<IEventBus>();
        using var subscription = bus.Subscribe("retry.*", heard.Enqueue);
        await using var refusing = await TrialTarget.StartAsync(refusals: 1_000);
        await using var taking = await TrialTarget.StartAsync(refusals: 0);

        bus.Publish("payment.failed", new OperationFailure(Call(refusing, "one"), "away"));
        bus.Publish("payment.failed", new OperationFailure(Call(taking, "two"), "away"));
        var (failed, success) = await Deadline.EventuallyAsync(
            () => Task.FromResult((heard.FirstOrDefault(one => one.Type == "retry.failed"), heard.FirstOrDefault(one => one.Type == "retry.success"))),
            both => both is { Item1: not null, Item2: not null });

        failed!.NoRetry.ShouldBeTrue();
        failed.DataAs<SettledRetry>().ShouldSatisfyAllConditions(
            told => told.CorrelationId.ShouldBe("one"), told => told.Status.ShouldBe(RetryStatus.DeadLetter), told => told.Attempt.ShouldBe(3));
        success!.DataAs<SettledRetry>().CorrelationId.ShouldBe("two");
        (await Deadline.EventuallyAsync(() => _server.GetAsync("/metrics"), answer => answer.Body.Contains("holdfast_capture_ignored_total{reason=\"own\"} 1")))
            .Body.ShouldContain("holdfast_capture_captured_total 2");
        (await _server.GetAsync("/api/retries")).Json.GetProperty("items").GetArrayLength().ShouldBe(2);
    }

    /// <summary>Where the queue is.</summary>
    private protected abstract Task ChooseStoreAsync(Dictionary<string, object> settings);

    private static RetryDraft Call(TrialTarget target, string correlation) =>
        new() { OperationType = "http_callback", Target = target.Address + "/", CorrelationId = correlation };

    private async Task<JsonElement> ItemAsync(string query)
    {
        var answer = await Deadline.EventuallyAsync(() => _server.GetAsync($"/api/retries?{query}"), answer => answer.Json.GetProperty("items").GetArrayLength() > 0);
        return answer.Json.GetProperty("items")[0];
    }
}

/// <summary>With the queue in SQLite.</summary>
public sealed class SqliteCaptureTests : CaptureTests
{
    private protected override Task ChooseStoreAsync(Dictionary<string, object> settings) => Task.CompletedTask;
}

/// <summary>With the queue in PostgreSQL.</summary>
public sealed class PostgresCaptureTests(PostgresServers servers) : CaptureTests
{
    private protected override async Task ChooseStoreAsync(Dictionary<string, object> settings) =>
        settings[FlagNames.Postgres] = (await (await servers.OldestAsync()).EmptyAsync()).ConnectionString;
}
