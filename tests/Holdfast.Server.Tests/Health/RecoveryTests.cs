using System.Text.Json;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Holdfast.Server.Tests.Health;

/// <summary>What the server repairs by itself, with everything in it as it ships: noticed, repaired by rule, and told in one timeline.</summary>
public sealed class RecoveryTests
{
    private const string Binaries = "/usr/lib/postgresql/15/bin";

    private static readonly Dictionary<string, object> Hurried = new(StringComparer.Ordinal)
    {
        [FlagNames.HealthChecks] = JsonElement.Parse("""{"storage": {"period_s": 0.2, "timeout_s": 3}, "breakers": {"period_s": 0.2}, "components": {"period_s": 0.2}}"""),
        [FlagNames.HealthRules] = JsonElement.Parse("""{"reconnect": {"for_s": 0, "cool_down_s": 1}, "close_breaker": {"cool_down_s": 1}}"""),
        [FlagNames.CircuitBreakerThreshold] = 2,
        [FlagNames.CircuitBreakerTimeout] = 3_600, // nothing but the rule closes it while this test runs
        [FlagNames.HealthWedgedSeconds] = 1,
    };

    [Fact]
    public async Task A_database_that_was_stopped_is_noticed_and_the_breaker_is_closed_by_rule_when_it_answers_again()
    {
        await using var postgres = await PostgresAsync();
        await using var server = await StartAsync(postgres);
        await HealthApiTests.StateAsync(server, "storage", "pass");

        await postgres.StopAsync("immediate");
        (await server.PostAsync(SomeEvents.Many("outage.sent", 1, 10))).Status.ShouldBe(202);
        await HealthApiTests.StateAsync(server, "storage", "fail");
        await HealthApiTests.StateAsync(server, "breakers", "fail");
        await postgres.StartAgainAsync();
        var stored = await server.StoredAsync("event_type=outage.sent", 10);
        await HealthApiTests.WholeAsync(server, health => health.GetProperty("incident").ValueKind == JsonValueKind.Null);

        stored.Count.ShouldBe(10);
        var timeline = await Deadline.EventuallyAsync(() => TimelineAsync(server), items => Recoveries(items, "close_breaker").Contains("repaired"));

        // A connection that died with the server may open the breaker once more, which is another incident.
        var incident = timeline.Where(item => item.GetProperty("incident_id").GetString() == timeline[0].GetProperty("incident_id").GetString());
        incident.Select(item => item.GetProperty("kind").GetString()).Distinct().ShouldBe(["incident_opened", "transition", "recovery", "incident_closed"], ignoreOrder: true);
        Recoveries(timeline, "reconnect").ShouldNotBeEmpty();
        (await AuditAsync(server, "close_breaker")).GetProperty("actor").GetString().ShouldBe("recovery");
        server.Errors.Take();
    }

    [Fact]
    public async Task Connections_that_were_cut_off_all_at_once_are_made_anew()
    {
        await using var postgres = await PostgresAsync();
        await using var server = await StartAsync(postgres);
        await HealthApiTests.StateAsync(server, "storage", "pass");

        await ExecuteAsync(postgres, "postgres", "ALTER DATABASE holdfast ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'holdfast'");
        await HealthApiTests.StateAsync(server, "storage", "fail");
        await ExecuteAsync(postgres, "postgres", "ALTER DATABASE holdfast ALLOW_CONNECTIONS true");
        await HealthApiTests.WholeAsync(server, health => health.GetProperty("incident").ValueKind == JsonValueKind.Null);

        // The check may have recovered before the rule believes that it stays so.
        await Deadline.EventuallyAsync(() => TimelineAsync(server), timeline => Recoveries(timeline, "reconnect").Count > 0);
        (await server.PostAsync(SomeEvents.Many("pool.sent", 1, 5))).Status.ShouldBe(202);
        (await server.StoredAsync("event_type=pool.sent", 5)).Count.ShouldBe(5);
        server.Errors.Take();
    }

    [Fact]
    public async Task Giving_up_the_pool_leaves_no_old_connection_and_is_an_operators_too()
    {
        await using var postgres = await PostgresAsync();
        await using var server = await StartAsync(postgres, (FlagNames.HealthRules, JsonElement.Parse("""{"reconnect": {"cool_down_s": 3600}}""")));
        await HealthApiTests.StateAsync(server, "storage", "pass");
        var before = await BackendsAsync(postgres);

        var run = await server.AskAsync(HttpMethod.Post, "/api/health/rules/reconnect/run", """{"reason": "to see"}""");
        var again = await server.AskAsync(HttpMethod.Post, "/api/health/rules/reconnect/run", null);

        run.Status.ShouldBe(200, run.Body);
        run.Json.GetProperty("outcome").GetString().ShouldBe("repaired");
        again.Status.ShouldBe(409);
        again.Header("Retry-After").ShouldNotBeNull();
        var entry = await AuditAsync(server, "reconnect");
        (entry.GetProperty("actor").GetString(), entry.GetProperty("reason").GetString()).ShouldBe(("local", "to see"));

        // What listens for as long as the process lives is not of a pool.
        await Deadline.EventuallyAsync(() => BackendsAsync(postgres), now => now.Intersect(before).Count() <= 3);
    }

    [Fact]
    public async Task A_component_that_hangs_is_noticed_and_started_again_by_rule()
    {
        var stuck = new Stuck();
        await using var server = await TestServer.StartAsync(settings: Hurried, services: services => services.AddSingleton<IComponent>(stuck));
        using var letGo = stuck;
        await HealthApiTests.StateAsync(server, "components", "pass");
        var bus = server.Services.GetRequiredService<IEventBus>();

        bus.Publish("till.opened", "hang");
        await HealthApiTests.StateAsync(server, "components", "fail");
        await HealthApiTests.StateAsync(server, "components", "pass");
        bus.Publish("till.opened", "work");

        await stuck.Worked.WaitAsync(Deadline.Token());
        server.Errors.Take().ShouldAllBe(error => error.Contains("stuck"));
        stuck.Starts.ShouldBe(2);
        var timeline = await Deadline.EventuallyAsync(() => TimelineAsync(server, "components"), items => items.Count == 5);

        // That it helped may be known before or after the check has recovered: it looks for itself.
        timeline.Select(item => item.GetProperty("kind").GetString()).ShouldBe(["incident_opened", "transition", "recovery", "transition", "incident_closed"], ignoreOrder: true);
        timeline.Select(item => item.GetProperty("incident_id").GetString()).Distinct().ShouldHaveSingleItem().ShouldNotBeNull();
        timeline[1].GetProperty("detail").GetString().ShouldBe("'stuck' has been handling one event all the time.");
        Recoveries(timeline, "restart").ShouldBe(["repaired"]);
    }

    [Fact]
    public async Task While_it_is_switched_off_nothing_is_done_and_in_a_dry_run_it_is_only_said()
    {
        var stuck = new Stuck();
        var settings = new Dictionary<string, object>(Hurried) { [FlagNames.HealthRecovery] = false };
        await using var server = await TestServer.StartAsync(settings: settings, services: services => services.AddSingleton<IComponent>(stuck));
        using var letGo = stuck;
        server.Services.GetRequiredService<IEventBus>().Publish("till.opened", "hang");
        await HealthApiTests.StateAsync(server, "components", "fail");

        (await server.AskAsync(HttpMethod.Post, "/api/health/rules/restart/run", null)).Status.ShouldBe(409);
        await server.PutFlagAsync(FlagNames.HealthDryRun, """{"value": true}""");
        await server.PutFlagAsync(FlagNames.HealthRecovery, """{"value": true}""");
        await Deadline.EventuallyAsync(() => TimelineAsync(server), timeline => Recoveries(timeline, "restart").Count > 0);

        Recoveries(await TimelineAsync(server), "restart").ShouldBe(["dry_run"]);
        stuck.Starts.ShouldBe(1);
    }

    [Fact]
    public async Task A_webhook_is_called_at_once_later_when_it_is_away_and_never_where_it_may_not_be()
    {
        await using var pager = await TrialTarget.StartAsync(refusals: 1);
        var settings = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.HealthRules] = JsonElement.Parse("""{"page": {"check": "*", "actions": ["webhook"], "cool_down_s": 1, "per_hour": 100}}"""),
            [FlagNames.HealthWebhook] = pager.Address + "/page",
            [FlagNames.CallbackAllow] = "127.0.0.1",
            [FlagNames.RetryPolicies] = JsonElement.Parse("""{"health_webhook": {"initial_delay_seconds": 0}}"""),
        };
        await using (var server = await TestServer.StartAsync(settings: settings))
        {
            var refused = await server.AskAsync(HttpMethod.Post, "/api/health/rules/page/run", null);
            refused.Json.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("the queue of retries calls it again");
            await Deadline.EventuallyAsync(() => Task.FromResult(pager.Taken.Count), taken => taken == 1);
            (await server.GetAsync("/api/retries")).Body.ShouldNotContain("/page", customMessage: "where it is, is for administrators");

            var taken = await Deadline.EventuallyAsync(() => server.AskAsync(HttpMethod.Post, "/api/health/rules/page/run", null), answer => answer.Status == 200);
            taken.Json.GetProperty("outcome").GetString().ShouldBe("done");
            var told = JsonElement.Parse(pager.Taken.Last());
            (told.GetProperty("node").GetString(), told.GetProperty("rule").GetString(), told.GetProperty("check").GetString()).ShouldBe(("test-node", "page", "*"));
        }

        settings.Remove(FlagNames.CallbackAllow);
        await using var guarded = await TestServer.StartAsync(settings: settings);
        var forbidden = await guarded.AskAsync(HttpMethod.Post, "/api/health/rules/page/run", null);

        forbidden.Json.GetProperty("outcome").GetString().ShouldBe("failed");
        forbidden.Json.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("is not a public host");
        pager.Taken.Count.ShouldBe(2);
    }

    private static async Task<PostgresServer> PostgresAsync()
    {
        Assert.True(Directory.Exists(Binaries), "PostgreSQL 15 is missing. As root: apt-get update && apt-get install -y postgresql");
        var postgres = await PostgresServer.StartAsync(Binaries);
        await ExecuteAsync(postgres, "postgres", "CREATE DATABASE holdfast");
        return postgres;
    }

    private static Task<TestServer> StartAsync(PostgresServer postgres, params IEnumerable<(string Name, object Value)> more)
    {
        var settings = new Dictionary<string, object>(Hurried) { [FlagNames.Postgres] = postgres.TcpConnectionString("holdfast") };
        foreach (var (name, value) in more)
        {
            settings[name] = value;
        }

        return TestServer.StartAsync(settings: settings);
    }

    private static async Task<IReadOnlyList<JsonElement>> TimelineAsync(TestServer server) =>
        [.. (await server.GetAsync("/api/health/history?limit=500")).Json.GetProperty("items").EnumerateArray().Reverse()];

    private static async Task<IReadOnlyList<JsonElement>> TimelineAsync(TestServer server, string check) =>
        [.. (await TimelineAsync(server)).Where(item => item.GetProperty("check").GetString() == check)];

    private static IReadOnlyList<string?> Recoveries(IReadOnlyList<JsonElement> timeline, string rule) =>
        [.. timeline.Where(item => item.GetProperty("rule").GetString() == rule).Select(item => item.GetProperty("outcome").GetString())];

    private static async Task<JsonElement> AuditAsync(TestServer server, string rule) => (await Deadline.EventuallyAsync(
        () => server.GetAsync($"/api/audit?action=health.recover&target={rule}"),
        answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() > 0)).Json.GetProperty("items")[0];

    private static async Task<IReadOnlyList<int>> BackendsAsync(PostgresServer postgres)
    {
        await using var source = NpgsqlDataSource.Create(postgres.TcpConnectionString("postgres"));
        await using var command = source.CreateCommand("SELECT pid FROM pg_stat_activity WHERE datname = 'holdfast'");
        await using var reader = await command.ExecuteReaderAsync(Deadline.Token());
        var pids = new List<int>();
        while (await reader.ReadAsync(Deadline.Token()))
        {
            pids.Add(reader.GetInt32(0));
        }

        return pids;
    }

    private static async Task ExecuteAsync(PostgresServer postgres, string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.TcpConnectionString(database));
        foreach (var statement in sql.Split("; "))
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(Deadline.Token());
        }
    }

    /// <summary>Hangs when it is told to, whatever its token says, until it is disposed of: before the server, which waits for it.</summary>
    private sealed class Stuck : IComponent, IDisposable
    {
        private readonly TaskCompletionSource _hanging = new();
        private readonly TaskCompletionSource _worked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _starts;

        public string Name => "stuck";

        public int Starts => Volatile.Read(ref _starts);

        public Task Worked => _worked.Task;

        public void Dispose() => _hanging.TrySetResult();

        public ValueTask InitializeAsync(ComponentContext context, CancellationToken cancellationToken)
        {
            context.Bus.Subscribe("till.opened", async (opened, _) =>
            {
                if ((string?)opened.Data == "hang")
                {
                    await _hanging.Task;
                }

                _worked.TrySetResult();
            });
            return ValueTask.CompletedTask;
        }

        public ValueTask StartAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _starts);
            return ValueTask.CompletedTask;
        }

        public ValueTask StopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
