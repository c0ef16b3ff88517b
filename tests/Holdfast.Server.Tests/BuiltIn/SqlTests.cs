using System.Collections.Concurrent;
using System.Text.Json;
using Holdfast.BuiltIn.Sql;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>Statements over the bus on a named database, and what becomes of those that fail. The same for every kind of database.</summary>
public abstract class SqlTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<BusEvent> _heard = [];
    private IDisposable? _subscription;

    private protected TestServer Server { get; private set; } = null!;

    private protected IEventBus Bus => Server.Services.GetRequiredService<IEventBus>();

    public async ValueTask InitializeAsync()
    {
        Server = await StartAsync(new Dictionary<string, object>
        {
            [FlagNames.SqlEnabled] = true,
            [FlagNames.SqlConnections] = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["shop"] = await MakeDatabaseAsync() }),
            [FlagNames.SqlAllow] = JsonElement.Parse("""["SELECT *", "CREATE TABLE *", "INSERT INTO *", "DROP TABLE *", "SELEKT 1"]"""),
            [FlagNames.RetryPolicies] = JsonElement.Parse("""{"sql_operation": {"initial_delay_seconds": 0.1, "jitter": 0, "max_retries": 100, "break_after_failures": 0}}"""),
            [FlagNames.SqlCriticalConnections] = 2,
        });
        _subscription = Bus.Subscribe("*", _heard.Enqueue);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _subscription?.Dispose();
        await Server.DisposeAsync();
        await DropDatabaseAsync();
    }

    /// <summary>The five behaviours of the connectivity check: who answers, what is there, and a table made, filled, read and dropped.</summary>
    [Fact]
    public async Task Sql_connectivity_a_table_is_made_filled_read_and_dropped()
    {
        (await QueryAsync($"SELECT {VersionFunction}")).Rows.ShouldHaveSingleItem()[0].ShouldBeOfType<string>().ShouldNotBeEmpty();
        await ExecuteAsync("CREATE TABLE trial (id bigint PRIMARY KEY, name text)");
        (await ExecuteAsync("INSERT INTO trial (id, name) VALUES ($1, $2)", 1L, "one")).RowsAffected.ShouldBe(1);
        var rows = await QueryAsync("SELECT id, name FROM trial");
        await ExecuteAsync("DROP TABLE trial");

        rows.Columns.ShouldBe(["id", "name"]);
        rows.Rows.ShouldHaveSingleItem().ShouldBe([1L, "one"]);
        (await Server.GetAsync("/metrics")).Body.ShouldContain("holdfast_sql_operations_total{connection=\"shop\",lane=\"critical\",outcome=\"done\"}");
    }

    [Fact]
    public async Task A_statement_that_fails_for_want_of_its_table_is_executed_once_the_table_is_there()
    {
        await Should.ThrowAsync<RequestFailedException>(() => Bus.RequestAsync("sql", "sql.exec", new SqlRequest("shop", "INSERT INTO orders (id, place) VALUES ($1, $2)")
        {
            Parameters = [17, "hall"],
            CorrelationId = "order-17",
        }));
        var waiting = await ItemAsync(item => item.GetProperty("attempt").GetInt32() >= 1);
        await ExecuteAsync("CREATE TABLE orders (id bigint PRIMARY KEY, place text)");
        var done = await ItemAsync(item => item.GetProperty("status").GetString() == "completed");

        waiting.GetProperty("operation_type").GetString().ShouldBe("sql_operation");
        waiting.GetProperty("target").GetString().ShouldBe("shop");
        done.GetProperty("correlation_id").GetString().ShouldBe("order-17");
        (await QueryAsync("SELECT place FROM orders WHERE id = 17")).Rows.ShouldHaveSingleItem()[0].ShouldBe("hall");
        _heard.Count(one => one.Type == "sql.exec.failed").ShouldBe(1, "What is executed again tells of no new failure.");
        (await AllItemsAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_batch_is_all_or_nothing_and_executed_again_as_a_whole()
    {
        await ExecuteAsync("CREATE TABLE one (id bigint PRIMARY KEY)");

        var batch = new SqlBatchRequest("shop", [new("shop", "INSERT INTO one (id) VALUES (1)"), new("shop", "INSERT INTO two (id) VALUES (2)")]);
        await Should.ThrowAsync<RequestFailedException>(() => Bus.RequestAsync("sql", "sql.batch", batch));
        (await QueryAsync("SELECT id FROM one")).Rows.ShouldBeEmpty();
        await ExecuteAsync("CREATE TABLE two (id bigint PRIMARY KEY)");
        await ItemAsync(item => item.GetProperty("status").GetString() == "completed");

        (await QueryAsync("SELECT id FROM one")).Rows.Count.ShouldBe(1);
        (await QueryAsync("SELECT id FROM two")).Rows.Count.ShouldBe(1);
        _heard.ShouldContain(one => one.Type == "sql.batch.failed");
    }

    [Fact]
    public async Task Without_a_transaction_each_is_for_itself_and_only_what_failed_is_executed_again()
    {
        await ExecuteAsync("CREATE TABLE one (id bigint PRIMARY KEY)");

        var batch = new SqlBatchRequest("shop", [new("shop", "INSERT INTO two (id) VALUES (2)"), new("shop", "INSERT INTO one (id) VALUES (1)")]) { Atomic = false };
        var result = await Bus.RequestAsync<SqlBatchResult>("sql", "sql.batch", batch);
        await ExecuteAsync("CREATE TABLE two (id bigint PRIMARY KEY)");
        await ItemAsync(item => item.GetProperty("status").GetString() == "completed");

        result.Results.Select(line => line.Error is null).ShouldBe([false, true]);
        (await QueryAsync("SELECT id FROM two")).Rows.Count.ShouldBe(1);
        (await AllItemsAsync()).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("shop", "DELETE FROM orders")]
    [InlineData("shop", "SELECT 1; DROP TABLE orders")]
    [InlineData("shop", "SELEKT 1")]
    [InlineData("nobody", "SELECT 1")]
    public async Task What_is_refused_is_told_and_never_executed_again(string connection, string sql)
    {
        await Should.ThrowAsync<RequestFailedException>(() => Bus.RequestAsync("sql", "sql.query", new SqlRequest(connection, sql)));

        var metrics = await Deadline.EventuallyAsync(() => Server.GetAsync("/metrics"), answer => answer.Body.Contains("holdfast_capture_ignored_total{reason=\"callers_fault\"} 1"));
        metrics.Status.ShouldBe(200);
        (await AllItemsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_marked_no_retry_is_not_executed_again()
    {
        await Should.ThrowAsync<RequestFailedException>(() =>
            Bus.RequestAsync("sql", "sql.query", new SqlRequest("shop", "SELECT id FROM nowhere"), metadata: new EventMetadata { NoRetry = true }));

        await Deadline.EventuallyAsync(() => Server.GetAsync("/metrics"), answer => answer.Body.Contains("holdfast_capture_ignored_total{reason=\"no_retry\"} 1"));
        (await AllItemsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_says_which_databases_are_there_and_never_how_to_reach_them()
    {
        var components = await Deadline.EventuallyAsync(
            () => Server.GetAsync("/api/components"),
            answer => answer.Json.GetProperty("items").EnumerateArray().Any(one => one.GetProperty("name").GetString() == "sql" && one.GetProperty("status").GetString() == "ready"));

        components.Status.ShouldBe(200);
        components.Body.ShouldNotContain("Data Source");
        components.Body.ShouldNotContain("Username");
        Server.Flags.Get(FlagNames.SqlConnections)!.Value.ToString().ShouldBe("***");
    }

    /// <summary>A server with these settings beside those of the database.</summary>
    private protected abstract Task<TestServer> StartAsync(Dictionary<string, object> settings);

    /// <summary>Makes an empty database; returns its connection string.</summary>
    private protected abstract Task<string> MakeDatabaseAsync();

    private protected abstract ValueTask DropDatabaseAsync();

    private protected abstract string VersionFunction { get; }

    private protected Task<SqlChanges> ExecuteAsync(string sql, params object?[] parameters) =>
        Bus.RequestAsync<SqlChanges>("sql", "sql.exec", new SqlRequest("shop", sql) { Parameters = parameters });

    private protected Task<SqlRows> QueryAsync(string sql) => Bus.RequestAsync<SqlRows>("sql", "sql.query", new SqlRequest("shop", sql));

    private protected async Task<JsonElement> ItemAsync(Func<JsonElement, bool> isRight) =>
        (await Deadline.EventuallyAsync(AllItemsAsync, items => items.Any(isRight))).First(isRight);

    // The queue's database may still be making its schema.
    private protected async Task<IReadOnlyList<JsonElement>> AllItemsAsync() =>
        [.. (await Deadline.EventuallyAsync(() => Server.GetAsync("/api/retries"), answer => answer.Status == 200)).Json.GetProperty("items").EnumerateArray()];
}

/// <summary>On a file of SQLite.</summary>
public sealed class SqliteSqlTests : SqlTests
{
    private readonly DataDirectory _data = new();

    private protected override string VersionFunction => "sqlite_version()";

    private protected override Task<TestServer> StartAsync(Dictionary<string, object> settings) => TestServer.StartAsync(settings: settings);

    private protected override Task<string> MakeDatabaseAsync() => Task.FromResult($"Data Source={_data.File("shop.db")}");

    private protected override ValueTask DropDatabaseAsync()
    {
        _data.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>On PostgreSQL, with the queue in it too.</summary>
public sealed class PostgresSqlTests(PostgresServers servers) : SqlTests
{
    private PostgresTestDatabase _queue = null!;
    private PostgresTestDatabase _shop = null!;

    private protected override string VersionFunction => "version()";

    private protected override Task<TestServer> StartAsync(Dictionary<string, object> settings)
    {
        settings[FlagNames.Postgres] = _queue.ConnectionString;
        return TestServer.StartAsync(settings: settings);
    }

    private protected override async Task<string> MakeDatabaseAsync()
    {
        var databases = await servers.OldestAsync();
        (_queue, _shop) = (await databases.EmptyAsync(), await databases.EmptyAsync());
        return _shop.ConnectionString;
    }

    private protected override ValueTask DropDatabaseAsync() => ValueTask.CompletedTask;
}
