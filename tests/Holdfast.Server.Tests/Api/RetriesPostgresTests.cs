using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Holdfast.Server.Tests.Api;

/// <summary>Real operations that failed, executed again by real workers, with the queue in PostgreSQL.</summary>
public sealed class RetriesPostgresTests : IAsyncLifetime
{
    private const string Binaries = "/usr/lib/postgresql/15/bin";

    private static readonly JsonElement Hurried = JsonElement.Parse(
        """{"sql_operation": {"initial_delay_seconds": 0.1, "jitter": 0, "max_retries": 100, "break_after_failures": 0}, "http_callback": {"initial_delay_seconds": 0, "break_after_failures": 0}}""");

    private PostgresServer _postgres = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.True(Directory.Exists(Binaries), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
        _postgres = await PostgresServer.StartAsync(Binaries);
        await ExecuteAsync("postgres", "CREATE DATABASE holdfast");
    }

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task A_statement_that_fails_for_want_of_its_table_is_executed_once_the_table_is_there()
    {
        await using var server = await StartAsync();
        var queue = server.Services.GetRequiredService<IRetryQueue>();
        var enqueued = await queue.EnqueueAsync(new RetryDraft
        {
            OperationType = "sql_operation",
            Payload = JsonElement.Parse("""{"sql": "INSERT INTO orders (id, placed_at, lines) VALUES ($1, $2, $3)", "parameters": [17, "2026-01-31T12:00:00Z", [1, 2]]}"""),
        });
        await ItemAsync(server, enqueued.Id, item => item.GetProperty("attempt").GetInt32() >= 2);

        await ExecuteAsync("holdfast", "CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamptz, lines jsonb)");
        var done = await ItemAsync(server, enqueued.Id, item => item.GetProperty("status").GetString() == "completed");

        done.GetProperty("history").EnumerateArray().Skip(1).First().GetProperty("message").GetString()!.ShouldContain("42P01");
        (await ScalarAsync("SELECT count(*) FROM orders WHERE id = 17 AND lines = '[1, 2]' AND placed_at = '2026-01-31 12:00:00Z'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_statement_that_no_attempt_would_change_fails_at_once()
    {
        await using var server = await StartAsync();
        var enqueued = await server.Services.GetRequiredService<IRetryQueue>().EnqueueAsync(
            new RetryDraft { OperationType = "sql_operation", Payload = JsonElement.Parse("""{"sql": "SELEKT 1"}""") });

        var failed = await ItemAsync(server, enqueued.Id, item => item.GetProperty("status").GetString() == "failed");

        failed.GetProperty("attempt").GetInt32().ShouldBe(1);
        failed.GetProperty("last_error").GetString()!.ShouldContain("42601");
    }

    [Fact]
    public async Task A_target_that_fails_twice_is_called_a_third_time()
    {
        await using var target = await TrialTarget.StartAsync(refusals: 2);
        await using var server = await StartAsync();

        var answer = await PostAsync(server, $$$"""{"operation_type": "http_callback", "target": "{{{target.Address}}}/paid", "payload": {"body": {"order": 17} } }""");
        var id = answer.Json.GetProperty("items")[0].GetProperty("id").GetGuid();
        var done = await ItemAsync(server, id, item => item.GetProperty("status").GetString() == "completed");

        done.GetProperty("attempt").GetInt32().ShouldBe(3);
        target.Taken.ShouldHaveSingleItem().ShouldBe("""{"order": 17}""");
    }

    [Fact]
    public async Task What_was_taken_is_executed_after_a_restart()
    {
        Guid id;
        await using (var first = await StartAsync(enabled: false))
        {
            var answer = await PostAsync(first, """{"operation_type": "event_publish", "payload": {"event_type": "after.restart"}}""");
            id = answer.Json.GetProperty("items")[0].GetProperty("id").GetGuid();
        }

        await using var second = await StartAsync();

        await ItemAsync(second, id, item => item.GetProperty("status").GetString() == "completed");
        await second.StoredAsync("event_type=after.restart", 1);
    }

    private Task<TestServer> StartAsync(bool enabled = true) => TestServer.StartAsync(settings: new Dictionary<string, object>(StringComparer.Ordinal)
    {
        [FlagNames.Postgres] = _postgres.TcpConnectionString("holdfast"),
        [FlagNames.RetryPolicies] = Hurried,
        [FlagNames.RetryEnabled] = enabled,
        [FlagNames.CallbackAllow] = "127.0.0.0/8, ::1, localhost",
    });

    private static Task<Answer> PostAsync(TestServer server, string body) =>
        server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/retries") { Content = new StringContent(body, Encoding.UTF8, "application/json") });

    private static async Task<JsonElement> ItemAsync(TestServer server, Guid id, Func<JsonElement, bool> isRight) =>
        (await Deadline.EventuallyAsync(() => server.GetAsync($"/api/retries/{id}"), answer => answer.Status == 200 && isRight(answer.Json))).Json;

    private async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.TcpConnectionString(database));
        await connection.OpenAsync(Deadline.Token());
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Deadline.Token());
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.TcpConnectionString("holdfast"));
        await connection.OpenAsync(Deadline.Token());
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Deadline.Token()))!;
    }
}
