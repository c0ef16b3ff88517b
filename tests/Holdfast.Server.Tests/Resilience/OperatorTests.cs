using System.Net.Http.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Resilience;

/// <summary>What an operator does to a circuit breaker.</summary>
public sealed class OperatorTests : IAsyncLifetime
{
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task An_isolated_breaker_lets_nothing_through_until_it_is_reset()
    {
        (await ActAsync("database/isolate", new { reason = "the disk is being changed" })).Json.GetProperty("state").GetString().ShouldBe("isolated");
        await Server.PostAsync(SomeEvents.Many("isolated.sent", 1, 5));
        await Deadline.EventuallyAsync(() => Server.GetAsync("/health/ready"), answer => answer.Body.ShouldNotBeNull().Contains("isolated"));
        (await Server.GetAsync("/api/ledger")).Json.GetProperty("events").GetProperty("spooled").GetInt64().ShouldBeGreaterThanOrEqualTo(5);

        (await ActAsync("database/reset")).Json.GetProperty("state").GetString().ShouldBe("closed");

        (await Server.StoredAsync("event_type=isolated.sent", 5)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_tripped_breaker_is_open_for_as_long_as_was_asked_for()
    {
        var tripped = (await ActAsync("database/trip", new { duration_seconds = 120 })).Json;

        tripped.GetProperty("state").GetString().ShouldBe("open");
        var move = tripped.GetProperty("transitions").EnumerateArray().Last();
        move.GetProperty("break_seconds").GetDouble().ShouldBe(120);
        move.GetProperty("actor").GetString().ShouldBe("local");
        move.GetProperty("is_manual").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_done_is_audited_also_while_the_store_gets_nothing()
    {
        await ActAsync("database/isolate", new { reason = "the disk is being changed" });
        await ActAsync("database/reset");

        var events = await Server.StoredAsync("event_type=operator_action", 2);
        var audit = await Deadline.EventuallyAsync(
            () => Server.GetAsync("/api/audit"), answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() == 2);

        var entries = audit.Json.GetProperty("items").EnumerateArray().ToArray();
        entries.Select(entry => entry.GetProperty("action").GetString()).ShouldBe(["breaker.reset", "breaker.isolate"]);
        entries.ShouldAllBe(entry => entry.GetProperty("actor").GetString() == "local" && entry.GetProperty("target").GetString() == "database");
        entries[1].GetProperty("reason").GetString().ShouldBe("the disk is being changed");
        entries[1].GetProperty("details").GetProperty("before").GetString().ShouldBe("closed");
        entries[1].GetProperty("details").GetProperty("after").GetString().ShouldBe("isolated");
        events.Select(stored => stored.GetProperty("event_id").GetGuid()).ShouldBe(entries.Select(entry => entry.GetProperty("audit_id").GetGuid()), ignoreOrder: true);
    }

    [Theory]
    [InlineData("GET", "nothing")]
    [InlineData("POST", "nothing/reset")]
    [InlineData("POST", "nothing/isolate")]
    [InlineData("POST", "nothing/trip")]
    public async Task An_unknown_name_is_answered_with_the_known_ones(string method, string path)
    {
        var answer = await Server.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/api/breakers/{path}"));

        answer.ShouldBeProblem(404).GetProperty("detail").GetString()!.ShouldContain("database");
    }

    [Theory]
    [InlineData("trip", "", "required_fields duration_seconds")]
    [InlineData("trip", "{}", "required_fields duration_seconds")]
    [InlineData("trip", """{"duration_seconds":0}""", "data_types duration_seconds")]
    [InlineData("trip", """{"duration_seconds":1e300}""", "data_types duration_seconds")]
    [InlineData("trip", """{"duration_seconds":"60"}""", "data_types duration_seconds")]
    [InlineData("reset", """{"duration_seconds":60}""", "unknown_field duration_seconds")]
    [InlineData("isolate", """{"reason":7}""", "data_types reason")]
    [InlineData("isolate", """{"reason":"a\u0000b"}""", "data_types reason")]
    [InlineData("isolate", """{"reason":"a\ud800b"}""", "json body")]
    [InlineData("isolate", "[]", "json body")]
    [InlineData("isolate", "{oops", "json body")]
    public async Task A_body_with_faults_changes_nothing_and_every_fault_is_told(string verb, string body, string fault)
    {
        var answer = await Server.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/api/breakers/database/{verb}") { Content = new StringContent(body) });

        answer.ShouldBeProblem(400).RulesAndFields().ShouldBe([fault]);
        (await Server.GetAsync("/api/breakers/database")).Json.GetProperty("transitions").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_not_read()
    {
        var answer = await Server.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/api/breakers/database/reset") { Content = new StringContent(new string(' ', 5_000)) });

        answer.ShouldBeProblem(413);
    }

    [Fact]
    public async Task Every_number_of_the_resilience_can_be_asked_for()
    {
        var numbers = (await Server.GetAsync("/metrics/resilience")).Json;
        var listed = (await Server.GetAsync("/api/breakers")).Json;

        numbers.GetProperty("breakers").EnumerateObject().Select(breaker => breaker.Name).ShouldBe(["adapter_realtime", "adapter_websocket", "database"]);
        numbers.GetProperty("pipelines").EnumerateObject().Select(pipeline => pipeline.Name).ShouldBe(
            ["adapter_realtime", "adapter_websocket", "audit_db", "dead_letters_db", "event_flusher_db", "flags_db", "maintenance_db", "metrics_persister_db", "migrations_db", "preferences_db", "reads_db", "retries_db", "sample_flusher_db"]);
        numbers.GetProperty("pipelines").EnumerateObject().Where(pipeline => pipeline.Name.EndsWith("_db", StringComparison.Ordinal))
            .ShouldAllBe(pipeline => pipeline.Value.GetProperty("breaker").GetString() == "database");
        numbers.GetProperty("pipelines").GetProperty("maintenance_db").GetProperty("attempt_timeout_seconds").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        numbers.GetProperty("pipelines").GetProperty("migrations_db").GetProperty("attempt_timeout_seconds").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        numbers.GetProperty("dead_letters").GetProperty("enabled").GetBoolean().ShouldBeTrue();
        listed.GetProperty("items").EnumerateArray().Select(breaker => breaker.GetProperty("name").GetString()).ShouldBe(["adapter_realtime", "adapter_websocket", "database"]);
    }

    private Task<Answer> ActAsync(string what, object? body = null) => Server.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/api/breakers/{what}") { Content = body is null ? null : JsonContent.Create(body) });
}
