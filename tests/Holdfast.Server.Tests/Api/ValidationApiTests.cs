using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Sqlite.Native;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Server.Tests.Api;

/// <summary>What was posted is what stands in the table of validation metrics, on every store.</summary>
public abstract class ValidationApiTests : IAsyncLifetime
{
    private TestServer? _server;

    private protected TestServer Server => _server!;

    public virtual async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(settings: new Dictionary<string, object>(await StoreSettingsAsync()) { [FlagNames.BatchSize] = 2 });
        await Deadline.EventuallyAsync(() => _server.GetAsync("/health/ready"), ready => ready.Json.GetProperty("status").GetString() == "pass");
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private protected abstract Task<Dictionary<string, object>> StoreSettingsAsync();

    /// <summary>The table, summed up by type, without the events that say who flushed.</summary>
    private protected abstract IReadOnlyList<(string Type, long Total, long Passed, long Failed, long Errors)> Table();

    [Fact]
    public async Task Rows_of_the_table_are_what_was_posted()
    {
        await PostEverythingAsync();

        var first = await FlushAsync();
        await Server.PostAsync("""{"event_type":"good","data":{}}""");
        var second = await FlushAsync();

        (first.GetProperty("flushed").GetBoolean(), first.GetProperty("rows").GetInt32(), first.GetProperty("spooled").GetInt32()).ShouldBe((true, 3, 0));
        first.GetProperty("approach").GetString().ShouldBeOneOf("rpc", "direct");
        first.GetProperty("dead_lettered").GetInt32().ShouldBe(0);
        second.GetProperty("rows").GetInt32().ShouldBe(2, "one of them for the event that says who flushed first");
        Table().ShouldBe([("(invalid)", 1, 0, 1, 1), ("bad", 2, 0, 2, 3), ("good", 4, 4, 0, 0)]);
    }

    [Fact]
    public async Task Nothing_to_write_is_no_success()
    {
        var nothing = await FlushAsync();

        (nothing.GetProperty("flushed").GetBoolean(), nothing.GetProperty("rows").GetInt32()).ShouldBe((false, 0));
        nothing.GetProperty("approach").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_flush_is_audited_with_its_result()
    {
        await PostEverythingAsync();
        await FlushAsync();

        var audit = await Deadline.EventuallyAsync(() => Server.GetAsync("/api/audit"), answer => answer.Json.GetProperty("items").GetArrayLength() == 1);

        var entry = audit.Json.GetProperty("items")[0];
        (entry.GetProperty("actor").GetString(), entry.GetProperty("action").GetString(), entry.GetProperty("target").GetString()).ShouldBe(("local", "metrics.flush", "validation_metrics"));
        entry.GetProperty("details").GetProperty("rows").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task The_answer_shows_what_was_counted_and_what_is_stored()
    {
        await PostEverythingAsync();
        await FlushAsync();
        await Server.PostAsync("""{"event_type":"good","data":{}}""");

        var answer = (await Server.GetAsync("/metrics/validation")).Json;

        answer.GetProperty("total_validations").GetInt64().ShouldBe(8, "with the event that says who flushed");
        var good = answer.GetProperty("by_event_type").EnumerateArray().Single(type => type.GetProperty("event_type").GetString() == "good");
        (good.GetProperty("total_events").GetInt64(), good.GetProperty("pass_rate").GetDouble()).ShouldBe((4, 100));
        answer.GetProperty("recent").GetArrayLength().ShouldBe(3);
        var summary = answer.GetProperty("summary").EnumerateArray().Select(type =>
            (type.GetProperty("event_type").GetString(), type.GetProperty("total_events").GetInt64(), type.GetProperty("flush_count").GetInt64()));
        summary.ShouldBe([("good", 3, 1), ("bad", 2, 1), ("(invalid)", 1, 1)]);
        answer.GetProperty("store_fault").ValueKind.ShouldBe(JsonValueKind.Null);
        JsonShape.Of(answer).ShouldBeApproved("validation");
    }

    [Fact]
    public async Task Leaving_stores_what_was_counted()
    {
        await PostEverythingAsync();

        await Server.StopAsync();

        Table().Sum(type => type.Total).ShouldBe(6);
    }

    [Fact]
    public async Task A_changed_interval_takes_effect_at_once()
    {
        await PostEverythingAsync();

        Server.Flags.Set(FlagNames.MetricsFlushInterval, 1L).Status.ShouldBe(FlagSetStatus.Set);

        await Deadline.EventuallyAsync(() => Task.FromResult(Table()), table => table.Sum(type => type.Total) == 6);
    }

    [Fact]
    public async Task Switched_off_nothing_is_measured_and_nothing_flushed()
    {
        await PostEverythingAsync();
        Server.Flags.Set(FlagNames.MetricsPersistence, false).Status.ShouldBe(FlagSetStatus.Set);

        await Server.PostAsync("""{"event_type":"unseen","data":{}}""");
        var refused = await Server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/metrics/flush"));
        Server.Flags.Set(FlagNames.MetricsPersistence, true);
        await FlushAsync();

        refused.ShouldBeProblem(409).GetProperty("detail").GetString()!.ShouldContain(FlagNames.MetricsPersistence);
        Table().ShouldBe([("(invalid)", 1, 0, 1, 1), ("bad", 2, 0, 2, 3), ("good", 3, 3, 0, 0)]);
    }

    [Fact]
    public async Task Flushes_at_the_same_time_double_nothing()
    {
        var posts = Enumerable.Range(0, 30).Select(_ => Server.PostAsync("""{"event_type":"good","data":{}}"""));
        var flushes = Enumerable.Range(0, 30).Select(_ => Server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/metrics/flush")));

        await Task.WhenAll(posts.Zip(flushes).SelectMany(pair => new[] { pair.First, pair.Second }));
        await FlushAsync();

        Table().ShouldBe([("good", 30, 30, 0, 0)]);
    }

    private async Task PostEverythingAsync()
    {
        (await Server.PostAsync("""[{"event_type":"good","data":{}},{"event_type":"bad","data":1},{"event_type":"good","data":{}},{"data":{}}]""")).Status.ShouldBe(202);
        (await Server.PostAsync("""[{"event_type":"good","data":{}},{"event_type":"bad","data":1,"timestamp":"never"}]""")).Status.ShouldBe(202);
    }

    private async Task<JsonElement> FlushAsync()
    {
        var answer = await Server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/metrics/flush"));
        answer.Status.ShouldBe(200, answer.Body);
        answer.Json.GetProperty("status").GetString().ShouldBe("ok");
        answer.Json.GetProperty("timestamp").GetDateTime().Kind.ShouldBe(DateTimeKind.Utc);
        return answer.Json.GetProperty("result");
    }
}

/// <summary>On the embedded store.</summary>
public sealed class SqliteValidationApiTests : ValidationApiTests
{
    private protected override Task<Dictionary<string, object>> StoreSettingsAsync() => Task.FromResult(new Dictionary<string, object>(StringComparer.Ordinal));

    private protected override IReadOnlyList<(string Type, long Total, long Passed, long Failed, long Errors)> Table()
    {
        using var database = SqliteDatabase.Open(Server.Data.File("holdfast.db"));
        using var rows = database.Prepare(
            "SELECT event_type, sum(total_events), sum(passed_events), sum(failed_events), sum(total_errors) FROM validation_metrics WHERE event_type <> 'operator_action' GROUP BY 1 ORDER BY 1");
        var table = new List<(string, long, long, long, long)>();
        while (rows.Step())
        {
            table.Add((rows.Text(0), rows.Int64(1), rows.Int64(2), rows.Int64(3), rows.Int64(4)));
        }

        return table;
    }
}

/// <summary>On PostgreSQL.</summary>
public sealed class PostgresValidationApiTests(PostgresServers servers) : ValidationApiTests
{
    private PostgresTestDatabase? _database;

    private protected override async Task<Dictionary<string, object>> StoreSettingsAsync()
    {
        _database = await (await servers.OldestAsync()).EmptyAsync();
        return new Dictionary<string, object>(StringComparer.Ordinal) { [FlagNames.Postgres] = _database.ConnectionString };
    }

    private protected override IReadOnlyList<(string Type, long Total, long Passed, long Failed, long Errors)> Table() => _database!.Rows(
        """
        SELECT event_type, sum(total_events)::bigint, sum(passed_events)::bigint, sum(failed_events)::bigint, sum(total_errors)::bigint
        FROM monitoring.validation_metrics WHERE event_type <> 'operator_action' GROUP BY 1 ORDER BY event_type COLLATE "C"
        """,
        row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)));
}
