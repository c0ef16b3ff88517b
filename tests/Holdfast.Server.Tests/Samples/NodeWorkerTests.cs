using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Npgsql;

namespace Holdfast.Server.Tests.Samples;

/// <summary>The sample worker in Node, with the rights of a worker and no others, executes what a real server took.</summary>
public sealed class NodeWorkerTests(NodeWorkerTests.Cluster cluster) : IClassFixture<NodeWorkerTests.Cluster>, IAsyncLifetime
{
    private static readonly JsonElement Hurried = JsonElement.Parse("""{"charge_card": {"initial_delay_seconds": 0, "max_retries": 5}}""");

    private readonly string _database = $"workers_{Guid.NewGuid():n}";
    private TestServer _server = null!;
    private TrialBank _bank = null!;

    public async ValueTask InitializeAsync()
    {
        await cluster.ExecuteAsync("postgres", $"CREATE DATABASE {_database}");
        _server = await TestServer.StartAsync(settings: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.Postgres] = cluster.Postgres.TcpConnectionString(_database),
            [FlagNames.RetryPolicies] = Hurried,
            [FlagNames.RetryExternalTypes] = "charge_card, send_letter",
        });
        _bank = await TrialBank.StartAsync();
        await Deadline.EventuallyAsync(() => _server.GetAsync("/api/retries/stats"), answer => answer.Status == 200);
        await cluster.ExecuteAsync(_database, $"GRANT holdfast_worker TO {Cluster.Login}");
    }

    public async ValueTask DisposeAsync()
    {
        await _bank.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task It_completes_fails_and_tries_again_and_leaves_what_is_not_its_own()
    {
        var ids = await EnqueueAsync("/paid", "/declined", "/shaky");
        var letter = await EnqueueLetterAsync();

        using var worker = NodeWorker.Start(Variables());

        await ItemAsync(ids[0], "completed", worker);
        var declined = await ItemAsync(ids[1], "failed", worker);
        var shaky = await ItemAsync(ids[2], "completed", worker);
        (Attempt(declined), declined.GetProperty("last_error").GetString()).ShouldBe((1, "the card was declined"));
        Attempt(shaky).ShouldBe(2);
        Attempt(await ItemAsync(letter, "pending", worker)).ShouldBe(0);
        _bank.Calls.Where(call => call.Path == "/shaky").Select(call => call.IdempotencyKey).ShouldBe([ids[2].ToString(), ids[2].ToString()]);
        JsonElement.Parse(_bank.Calls.First(call => call.Path == "/paid").Body).GetProperty("cents").GetInt32().ShouldBe(4200);
    }

    [Fact]
    public async Task It_shares_the_queue_with_a_server_that_executes_what_it_has_handlers_for()
    {
        var letter = await EnqueueLetterAsync();
        var events = await PostAsync(JsonSerializer.Serialize(Enumerable.Repeat(
            new { operation_type = "event_publish", target = "shop.order_paid", payload = new { data = new { order = 17 } } }, 20)));
        using var worker = NodeWorker.Start(Variables());

        var charges = await EnqueueAsync([.. Enumerable.Repeat("/paid", 10)]);

        foreach (var id in events.Concat(charges))
        {
            Events(await ItemAsync(id, "completed", worker)).ShouldBe(["created", "completed"]);
        }

        _bank.Calls.Count.ShouldBe(10);
        Events(await ItemAsync(letter, "pending", worker)).ShouldBe(["created"]);
    }

    [Fact]
    public async Task It_is_woken_by_the_doorbell()
    {
        using var worker = NodeWorker.Start(Variables(pollSeconds: 3600));
        await Deadline.EventuallyAsync(() => Task.FromResult(worker.Said), said => said.Contains("serves charge_card", StringComparison.Ordinal));

        for (var i = 0; i < 3; i++)
        {
            await ItemAsync((await EnqueueAsync("/paid"))[0], "completed", worker);
        }
    }

    [Fact]
    public async Task What_a_killed_worker_had_is_completed_by_another()
    {
        var ids = await EnqueueAsync("/slow", "/paid");
        using var first = NodeWorker.Start(Variables(), concurrency: 1);
        await _bank.WhenSlowAsync();
        await ItemAsync(ids[1], "processing", first);

        await first.KillAsync();
        await LeasesEndAsync();
        _bank.Release();
        using var second = NodeWorker.Start(Variables());

        Attempt(await ItemAsync(ids[0], "completed", second)).ShouldBe(2);
        Attempt(await ItemAsync(ids[1], "completed", second)).ShouldBe(2);
        var slow = _bank.Calls.Where(call => call.Path == "/slow").ToArray();
        slow.Select(call => call.IdempotencyKey).Distinct().Count().ShouldBe(1);
        slow.Select(call => long.Parse(call.Token, CultureInfo.InvariantCulture)).ShouldBeInOrder();
        slow.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_worker_that_was_frozen_past_its_lease_changes_nothing_when_it_thaws()
    {
        var ids = await EnqueueAsync("/slow");
        using var frozen = NodeWorker.Start(Variables());
        await _bank.WhenSlowAsync();

        await frozen.SignalAsync("STOP");
        await LeasesEndAsync();
        using var second = NodeWorker.Start(Variables());
        await _bank.WhenSlowAsync();
        _bank.Release();
        await ItemAsync(ids[0], "completed", second);
        await frozen.SignalAsync("CONT");

        // Which it finds first, that its time is over or that its token is old, is a matter of how long it was frozen.
        await Deadline.EventuallyAsync(
            () => Task.FromResult(frozen.Said),
            said => said.Contains("somebody else's", StringComparison.Ordinal) || said.Contains("is lost", StringComparison.Ordinal));
        var item = await ItemAsync(ids[0], "completed", frozen);
        Events(item).ShouldBe(["created", "crashed", "completed"]);
    }

    [Fact]
    public async Task Told_to_end_it_gives_back_what_it_has_not_begun_and_finishes_the_rest()
    {
        var ids = await EnqueueAsync("/slow", "/paid", "/paid");
        using var worker = NodeWorker.Start(Variables(), concurrency: 1);
        await _bank.WhenSlowAsync();
        await ItemAsync(ids[2], "processing", worker);

        await worker.SignalAsync("TERM");
        Attempt(await ItemAsync(ids[1], "pending", worker)).ShouldBe(0);
        Attempt(await ItemAsync(ids[2], "pending", worker)).ShouldBe(0);
        await ItemAsync(ids[0], "processing", worker);
        _bank.Release();

        (await worker.EndedAsync()).ShouldBe(0, worker.Said);
        Attempt(await ItemAsync(ids[0], "completed", worker)).ShouldBe(1);
        _bank.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Cut_off_from_the_database_it_ends_its_calls_in_time_and_goes_on_later_under_another_id()
    {
        var ids = await EnqueueAsync("/slow");
        using var worker = NodeWorker.Start(Variables());
        await _bank.WhenSlowAsync();

        await cluster.ExecuteAsync(_database, $"ALTER ROLE {Cluster.Login} NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{Cluster.Login}'");
        await _bank.WhenAbandonedAsync();
        await ItemAsync(ids[0], "processing", worker);
        _bank.Release();
        await cluster.ExecuteAsync(_database, $"ALTER ROLE {Cluster.Login} LOGIN");

        var item = await ItemAsync(ids[0], "completed", worker);
        Attempt(item).ShouldBe(2);
        Events(item).ShouldBe(["created", "crashed", "completed"]);
    }

    /// <summary>Moves the database's clock past every lease. The server has one too, and says that it has lost it.</summary>
    private async Task LeasesEndAsync()
    {
        await cluster.ExecuteAsync(_database, "UPDATE holdfast.clock_shift SET shift = shift + interval '13 seconds'");
        var said = await Deadline.EventuallyAsync(() => Task.FromResult(_server.Errors.Take()), errors => errors.Count > 0);
        said.ShouldHaveSingleItem().ShouldContain("The lease of this process ended");
    }

    private Dictionary<string, string> Variables(int pollSeconds = 1) => new(StringComparer.Ordinal)
    {
        ["PGHOST"] = "127.0.0.1",
        ["PGPORT"] = cluster.Postgres.Port.ToString(CultureInfo.InvariantCulture),
        ["PGDATABASE"] = _database,
        ["PGUSER"] = Cluster.Login,
        ["PGPASSWORD"] = PostgresServer.Password,
        ["WORKER_POLL_SECONDS"] = pollSeconds.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Charges in this order, which their priorities hold: what arrives in one millisecond has none.</summary>
    private async Task<Guid[]> EnqueueAsync(params string[] paths) => await PostAsync(JsonSerializer.Serialize(paths.Select((path, place) => new
    {
        operation_type = "charge_card",
        priority = -place,
        target = _bank.Address + path,
        payload = new { order = 17, cents = 4200 },
    })));

    private async Task<Guid> EnqueueLetterAsync() => (await PostAsync("""{"operation_type": "send_letter"}"""))[0];

    private async Task<Guid[]> PostAsync(string body)
    {
        var answer = await _server.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/api/retries") { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        answer.Status.ShouldBe(202, answer.Body);
        return [.. answer.Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];
    }

    private async Task<JsonElement> ItemAsync(Guid id, string status, NodeWorker worker)
    {
        var answer = await Deadline.EventuallyAsync(
            async () => new Seen(await _server.GetAsync($"/api/retries/{id}"), worker.Said),
            seen => seen.Answer.Status == 200 && seen.Answer.Json.GetProperty("status").GetString() == status);
        return answer.Answer.Json;
    }

    private static IEnumerable<string?> Events(JsonElement item) => item.GetProperty("history").EnumerateArray().Select(line => line.GetProperty("event").GetString());

    private static int Attempt(JsonElement item) => item.GetProperty("attempt").GetInt32();

    /// <summary>What the server answered and what the worker has said by then: a failure shows both.</summary>
    private sealed record Seen(Answer Answer, string Said);

    /// <summary>A PostgreSQL for the class, with a login that has the rights of a worker alone.</summary>
    public sealed class Cluster : IAsyncLifetime
    {
        internal const string Login = "node_worker";
        private const string Binaries = "/usr/lib/postgresql/15/bin";

        internal PostgresServer Postgres { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Assert.True(Directory.Exists(Binaries), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
            Postgres = await PostgresServer.StartAsync(Binaries);
            await ExecuteAsync("postgres", $"CREATE ROLE {Login} LOGIN PASSWORD '{PostgresServer.Password}'");
        }

        public ValueTask DisposeAsync() => Postgres.DisposeAsync();

        internal async Task ExecuteAsync(string database, string sql)
        {
            await using var connection = new NpgsqlConnection(Postgres.TcpConnectionString(database));
            await connection.OpenAsync(Deadline.Token());
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Deadline.Token());
        }
    }
}
