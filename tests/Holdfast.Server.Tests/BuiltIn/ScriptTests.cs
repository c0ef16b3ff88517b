using System.Text.Json;
using Holdfast.BuiltIn.Sql;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>
/// The behaviours that the scripts of the predecessor looked at by hand: direct, simple, minimal, demo (SQL connectivity is in
/// <see cref="SqlTests"/>). The same whatever the queue is stored in.
/// </summary>
public abstract class ScriptTests : IAsyncLifetime
{
    private readonly DataDirectory _files = new();

    private protected TestServer Server { get; private set; } = null!;

    private IRetryQueue Queue => Server.Services.GetRequiredService<IRetryQueue>();

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task Direct_only_what_is_due_is_handed_out_by_priority_and_each_outcome_is_recorded()
    {
        await StartAsync(enabled: false);
        await Queue.EnqueueAsync([
            Select("due", priority: 10),
            Select("later", priority: 5) with { Delay = TimeSpan.FromMinutes(2) },
            Select("broken", priority: 8) with { Payload = JsonElement.Parse("""{"sql": "SELEKT 1"}""") },
        ]);
        var store = Server.Node.Parts.Retries.Store;
        var process = Guid.NewGuid();

        await store.RenewAsync(process, "direct", TimeSpan.FromSeconds(60), Deadline.Token());
        var claim = await store.ClaimAsync(new ClaimOrder(process, 5), Deadline.Token());
        (await StatusAsync("due")).ShouldBe("processing");
        await store.AckAsync(
            process,
            [new RetryAck(claim.Items[0].Id, claim.Token, AckKind.Completed), new RetryAck(claim.Items[1].Id, claim.Token, AckKind.Failed, Failure: new RetryFailure("syntax", "f"))],
            Deadline.Token());

        claim.Items.Select(item => item.What.CorrelationId).ShouldBe(["due", "broken"]);
        (await StatusAsync("due")).ShouldBe("completed");
        (await StatusAsync("broken")).ShouldBe("failed");
        (await StatusAsync("later")).ShouldBe("pending");
        (await Server.GetAsync("/api/retries/stats")).Body.ShouldContain("sql_operation");
    }

    [Fact]
    public async Task Simple_what_can_be_done_is_done_and_what_nobody_knows_is_a_dead_letter()
    {
        await StartAsync();

        await Queue.EnqueueAsync([
            Select("select"),
            Select("urgent", priority: 10),
            Select("nobody") with { Target = "nobody" },
        ]);

        await UntilAsync("select", "completed");
        await UntilAsync("urgent", "completed");
        await UntilAsync("nobody", "dead_letter");
    }

    [Fact]
    public async Task Minimal_sql_and_retry_alone_catch_a_query_of_a_table_that_is_missing()
    {
        await StartAsync(more: settings => settings[FlagNames.ComponentsEnabled] = "sql,retry");
        var bus = Server.Services.GetRequiredService<IEventBus>();

        await Should.ThrowAsync<RequestFailedException>(() =>
            bus.RequestAsync("sql", "sql.query", new SqlRequest("shop", "SELECT id FROM missing") { CorrelationId = "missing" }));
        var tried = await ItemAsync("missing", item => item.GetProperty("attempt").GetInt32() >= 2);

        tried.GetProperty("operation_type").GetString().ShouldBe("sql_operation");
        await bus.RequestAsync("sql", "sql.exec", new SqlRequest("shop", "CREATE TABLE missing (id bigint)"));
        await UntilAsync("missing", "completed");
        (await Server.GetAsync("/api/components")).Json.GetProperty("items").EnumerateArray().Select(one => one.GetProperty("name").GetString())
            .Intersect(["retry", "sql", "commands", "eventfilter"]).ShouldBe(["retry", "sql"], ignoreOrder: true);
    }

    [Fact]
    public async Task Demo_failures_of_three_kinds_are_caught_and_delays_double()
    {
        await StartAsync(more: settings => settings[FlagNames.RetryPolicies] = JsonElement.Parse(
            """{"sql_operation": {"initial_delay_seconds": 2, "backoff_multiplier": 2, "max_delay_seconds": 60, "jitter": 0, "max_retries": 5}}"""));
        var bus = Server.Services.GetRequiredService<IEventBus>();

        bus.Publish("sql.query.failed", new OperationFailure(Select("sql", priority: 10) with { Payload = JsonElement.Parse("""{"sql": "SELECT id FROM missing"}""") }, "no such table"));
        bus.Publish("eventfilter.command.failed", new OperationFailure(new RetryDraft { OperationType = "command_routing", CorrelationId = "command" }, "no answer"));
        bus.Publish("eventfilter.pm.failed", new OperationFailure(
            new RetryDraft { OperationType = "pm_response", CorrelationId = "pm", Delay = TimeSpan.FromMinutes(2) }, "not joined"));

        var sql = await ItemAsync("sql", item => item.GetProperty("attempt").GetInt32() >= 1 && item.GetProperty("status").GetString() == "pending");
        (sql.GetProperty("run_after").GetDateTimeOffset() - sql.GetProperty("updated_at").GetDateTimeOffset()).TotalSeconds.ShouldBe(2, 0.5);
        (await StatusAsync("command")).ShouldBe("pending", "Nobody here executes it; another process may.");
        (await StatusAsync("pm")).ShouldBe("pending");
        RetryPolicyDelays().ShouldBe([2, 4, 8, 16]);
    }

    /// <summary>Where the queue is.</summary>
    private protected abstract void ChooseStore(Dictionary<string, object> settings);

    private static double[] RetryPolicyDelays()
    {
        var policy = new RetryPolicy { InitialDelay = TimeSpan.FromSeconds(2), BackoffMultiplier = 2, MaxDelay = TimeSpan.FromSeconds(60), Jitter = 0 };
        return [.. Enumerable.Range(1, 4).Select(attempt => policy.DelayAfter(attempt, () => 0.5).TotalSeconds)];
    }

    private static RetryDraft Select(string correlation, int priority = 0) => new()
    {
        OperationType = "sql_operation",
        Target = "shop",
        CorrelationId = correlation,
        Priority = priority,
        Payload = JsonElement.Parse("""{"sql": "SELECT 1"}"""),
    };

    private async Task StartAsync(bool enabled = true, Action<Dictionary<string, object>>? more = null)
    {
        var settings = new Dictionary<string, object>
        {
            [FlagNames.SqlEnabled] = true,
            [FlagNames.SqlConnections] = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["shop"] = $"Data Source={_files.File("shop.db")}" }),
            [FlagNames.RetryEnabled] = enabled,
            [FlagNames.RetryPolicies] = JsonElement.Parse("""{"sql_operation": {"initial_delay_seconds": 0.1, "jitter": 0, "max_retries": 100, "break_after_failures": 0}}"""),
        };
        ChooseStore(settings);
        more?.Invoke(settings);
        Server = await TestServer.StartAsync(settings: settings);
    }

    private Task<JsonElement> UntilAsync(string correlation, string status) => ItemAsync(correlation, item => item.GetProperty("status").GetString() == status);

    private async Task<string?> StatusAsync(string correlation) => (await ItemAsync(correlation, _ => true)).GetProperty("status").GetString();

    private async Task<JsonElement> ItemAsync(string correlation, Func<JsonElement, bool> isRight)
    {
        var found = await Deadline.EventuallyAsync(
            async () => (await ListAsync()).EnumerateArray()
                .Where(item => item.GetProperty("correlation_id").GetString() == correlation).Select(item => (JsonElement?)item).SingleOrDefault(),
            item => item is { } there && isRight(there));
        return found!.Value;
    }

    // The queue's database may still be making its schema.
    private async Task<JsonElement> ListAsync() =>
        (await Deadline.EventuallyAsync(() => Server.GetAsync("/api/retries"), answer => answer.Status == 200)).Json.GetProperty("items");
}

/// <summary>With the queue in SQLite.</summary>
public sealed class SqliteScriptTests : ScriptTests
{
    private protected override void ChooseStore(Dictionary<string, object> settings)
    {
    }
}

/// <summary>With the queue in PostgreSQL.</summary>
public sealed class PostgresScriptTests(PostgresServers servers) : ScriptTests
{
    private PostgresTestDatabase _queue = null!;

    public override async ValueTask InitializeAsync() => _queue = await (await servers.OldestAsync()).EmptyAsync();

    private protected override void ChooseStore(Dictionary<string, object> settings) => settings[FlagNames.Postgres] = _queue.ConnectionString;
}
