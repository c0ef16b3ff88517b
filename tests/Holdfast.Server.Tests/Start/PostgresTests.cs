using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Server.Tests.Start;

/// <summary>
/// The server over PostgreSQL: whatever is wrong with the database, the server starts and takes data, says what is wrong (to everybody in a few
/// words, in the log once and with what to do, and never with the password), and heals by itself.
/// </summary>
public sealed class PostgresTests : IAsyncLifetime
{
    private const string Database = "holdfast";
    private const string Binaries = "/usr/lib/postgresql/15/bin";

    private readonly WarningLog _log = new();
    private PostgresServer _postgres = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.True(Directory.Exists(Binaries), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
        _postgres = await PostgresServer.StartAsync(Binaries);
        await ExecuteAsync("postgres", $"CREATE DATABASE {Database}");
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _postgres.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_is_away_at_the_start_and_again_later_costs_nothing()
    {
        await _postgres.StopAsync();
        await using var server = await StartAsync(_postgres.TcpConnectionString(Database));

        (await server.PostAsync(SomeEvents.Many("order.placed", 1, 3))).Status.ShouldBe(202);
        await ShouldSayAsync(server, "(connection refused)", "Nothing answers at 127.0.0.1");
        await _postgres.StartAgainAsync();
        await ShouldStoreAsync(server, 3);

        await _postgres.StopAsync();
        (await server.PostAsync(SomeEvents.Many("order.placed", 1, 2))).Status.ShouldBe(202);
        await _postgres.StartAgainAsync();
        await ShouldStoreAsync(server, 5);
        (await ScalarAsync("SELECT count(DISTINCT id) FROM monitoring.monitoring_events WHERE event_type NOT LIKE 'circuit_breaker%'")).ShouldBe(5);
        await ShouldBeWellAsync(server);
    }

    [Fact]
    public async Task A_wrong_password_is_said_without_being_shown_and_heals_when_the_database_takes_it()
    {
        await using var server = await StartAsync(_postgres.TcpConnectionString(Database, password: "hunter2"));

        (await server.PostAsync(SomeEvents.Many("order.placed", 1, 4))).Status.ShouldBe(202);
        await ShouldSayAsync(server, "(login refused)", "does not accept the password of postgres");
        await ExecuteAsync("postgres", "ALTER ROLE postgres PASSWORD 'hunter2'");

        await ShouldStoreAsync(server, 4);
        await ShouldBeWellAsync(server);
    }

    [Fact]
    public async Task A_database_that_is_not_there_heals_when_it_is_made()
    {
        await using var server = await StartAsync(_postgres.TcpConnectionString("later"));

        (await server.PostAsync(SomeEvents.Many("order.placed", 1, 4))).Status.ShouldBe(202);
        await ShouldSayAsync(server, "(no such database)", "has no database later");
        await ExecuteAsync("postgres", "CREATE DATABASE later");

        await ShouldStoreAsync(server, 4);
    }

    [Fact]
    public async Task A_right_that_is_missing_on_a_table_is_named_and_heals_when_it_is_granted()
    {
        await using (var owner = await StartAsync(_postgres.TcpConnectionString(Database)))
        {
            await ShouldBeWellAsync(owner);
        }

        await ExecuteAsync(
            Database, "CREATE ROLE app LOGIN PASSWORD 'hunter2'; GRANT holdfast_app TO app; REVOKE INSERT ON holdfast.batch_ledger FROM holdfast_app; REVOKE UPDATE ON holdfast.spool_totals FROM holdfast_app");
        await using var server = await StartAsync(_postgres.TcpConnectionString(Database, "app", "hunter2"));

        (await server.PostAsync(SomeEvents.Many("order.placed", 1, 4))).Status.ShouldBe(202);
        await ShouldSayAsync(server, "(schema does not fit)", "app lacks a right");
        await ExecuteAsync(Database, "SELECT holdfast.grant_rights()");

        await ShouldStoreAsync(server, 4);
    }

    private Task<TestServer> StartAsync(string connectionString) => TestServer.StartAsync(
        settings: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.Postgres] = connectionString,
            [FlagNames.LogLevel] = "warning",
            [FlagNames.CircuitBreakerTimeout] = 1,
        },
        services: all => all.AddSingleton<ILoggerProvider>(_log));

    private async Task ShouldSayAsync(TestServer server, string reason, string detail)
    {
        var health = await Deadline.EventuallyAsync(() => server.GetAsync("/health/ready"), answer => answer.Body.Contains(reason, StringComparison.Ordinal));

        health.Status.ShouldBe(200);
        _log.Lines.Count(line => line.Contains(detail, StringComparison.Ordinal)).ShouldBe(1, string.Join('\n', _log.Lines));
        string[] said = [health.Body, (await server.GetAsync("/status")).Body, (await server.GetAsync("/api/events")).Body, .. _log.Lines];
        said.ShouldAllBe(text => !text.Contains("hunter2") && !text.Contains(PostgresServer.Password));
    }

    /// <summary>How often the breaker moved meanwhile, and was recorded, depends on who asked when.</summary>
    private static async Task ShouldStoreAsync(TestServer server, int events)
    {
        var stored = await Deadline.EventuallyAsync(
            async () => (await server.GetAsync("/api/events?limit=500")).Json is { ValueKind: JsonValueKind.Object } page && page.TryGetProperty("items", out var items)
                ? items.EnumerateArray().Count(item => !item.GetProperty("event_type").GetString()!.StartsWith("circuit_breaker", StringComparison.Ordinal))
                : -1,
            count => count >= events);

        stored.ShouldBe(events);
        var ledger = await Deadline.EventuallyAsync(() => server.GetAsync("/api/ledger"), answer => answer.Json.GetProperty("store_current").GetBoolean());
        ledger.Json.GetProperty("error").GetInt64().ShouldBe(0);
    }

    private static async Task ShouldBeWellAsync(TestServer server) =>
        await Deadline.EventuallyAsync(() => server.GetAsync("/health"), answer => answer.Json.GetProperty("problems").GetArrayLength() == 0);

    private async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync(Deadline.Token());
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Deadline.Token());
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_postgres.ConnectionString(Database) + ";Pooling=false");
        await connection.OpenAsync(Deadline.Token());
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Deadline.Token()))!;
    }
}
