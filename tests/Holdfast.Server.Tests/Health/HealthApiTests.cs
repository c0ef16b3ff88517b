using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Server.Tests.Health;

/// <summary>What a running server says of its health, in every way in which it is asked.</summary>
public sealed class HealthApiTests
{
    private static readonly string[] OwnChecks =
        ["storage", "spool", "ledger", "breakers", "queue_age", "stuck_leases", "components", "adapters", "fan_out", "disk", "memory", "thread_pool", "flags"];

    [Fact]
    public async Task A_server_that_is_well_says_so_with_every_check_and_every_rule()
    {
        await using var server = await TestServer.StartAsync();

        var health = await WholeAsync(server, json => json.GetProperty("state").GetString() == "pass" && json.GetProperty("uptime")[0].GetProperty("value").ValueKind == JsonValueKind.Number);

        health.GetProperty("score").GetInt32().ShouldBe(100);
        health.GetProperty("incident").ValueKind.ShouldBe(JsonValueKind.Null);
        health.GetProperty("checks").EnumerateArray().Select(NameOf).ShouldBe(OwnChecks);
        health.GetProperty("uptime").EnumerateArray().Select(window => window.GetProperty("window").GetString()).ShouldBe(["1h", "24h", "30d"]);
        health.GetProperty("uptime")[0].GetProperty("value").GetDouble().ShouldBe(1, tolerance: 0.5);
        health.GetProperty("recovery").GetProperty("rules").EnumerateArray().Select(NameOf).ShouldBe(["close_breaker", "rescue", "restart"], "the embedded store has no connections to give up");
        health.GetProperty("recovery").GetProperty("enabled").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task What_fails_is_seen_in_every_way_until_it_recovers()
    {
        var check = new Settable();
        await using var server = await StartAsync(check);

        await StateAsync(server, "tills", "pass");
        check.Result = HealthCheckResult.Unhealthy("Three tills are gone.");
        await StateAsync(server, "tills", "fail");
        var results = (await WholeAsync(server, _ => true)).GetProperty("checks").EnumerateArray().Single(one => NameOf(one) == "tills").GetProperty("results");
        var ready = await server.GetAsync("/health/ready");
        var live = await server.GetAsync("/health/live");
        var command = await server.AskAsync(HttpMethod.Post, "/api/commands", """{"command": "health"}""");
        var metrics = (await server.GetAsync("/metrics")).Body;
        check.Result = HealthCheckResult.Healthy();
        await StateAsync(server, "tills", "pass");

        results.EnumerateArray().Select(result => result.GetString()).TakeLast(3).ShouldBe(["fail", "fail", "fail"]);
        results[0].GetString().ShouldBe("pass", "the oldest first");
        ready.Status.ShouldBe(200, "data is accepted");
        ready.Json.GetProperty("status").GetString().ShouldBe("warn");
        ready.Json.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()).ShouldContain("The health check 'tills' fails: Three tills are gone.");
        live.Json.GetProperty("status").GetString().ShouldBe("pass");
        command.Json.GetProperty("text").GetString().ShouldNotBeNull().ShouldStartWith("Health fail, score 60: tills (fail).");
        metrics.ShouldContain("""holdfast_health_check_state{check="tills"} 3""");
        metrics.ShouldContain("holdfast_health_incident 1");
        (await KindsAsync(server, "check=tills")).ShouldBe(["incident_closed", "transition", "transition", "incident_opened"]);
    }

    [Fact]
    public async Task What_an_application_has_registered_has_services_of_its_own_and_ours_fit_into_its_endpoint()
    {
        await using var server = await TestServer.StartAsync(services: services => services
            .AddScoped<Desk>()
            .AddHealthChecks()
            .AddCheck<OfDesk>("desk", tags: ["app"])
            .AddHoldfast(tags: ["app"]));

        await StateAsync(server, "desk", "pass");
        var theirs = await server.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Deadline.Token());

        theirs.Entries.Keys.ShouldBe(["desk", "holdfast"], ignoreOrder: true);
        theirs.Entries["holdfast"].Status.ShouldBe(HealthStatus.Healthy);
        theirs.Entries["holdfast"].Data.Keys.ShouldBe(OwnChecks);
        (await server.GetAsync("/api/health")).Json.GetProperty("checks").EnumerateArray().Select(NameOf).ShouldNotContain("holdfast");
    }

    [Fact]
    public async Task An_incident_and_what_was_measured_survive_a_restart()
    {
        using var data = new DataDirectory();
        var check = new Settable { Result = HealthCheckResult.Unhealthy("gone") };
        string? incident;
        await using (var server = await StartAsync(check, data))
        {
            await StateAsync(server, "tills", "fail");
            incident = (await server.GetAsync("/api/health")).Json.GetProperty("incident").GetProperty("id").GetString();
        }

        check.Result = HealthCheckResult.Healthy();
        await using var again = await StartAsync(check, data);
        var health = await WholeAsync(again, json => json.GetProperty("incident").ValueKind == JsonValueKind.Null && json.GetProperty("uptime")[0].GetProperty("measured_s").GetDouble() > 0);

        var items = (await again.GetAsync("/api/health/history?check=tills")).Json.GetProperty("items").EnumerateArray().ToArray();
        items.Select(item => item.GetProperty("kind").GetString()).ShouldBe(["incident_closed", "transition", "transition", "incident_opened"]);
        items.ShouldAllBe(item => item.GetProperty("incident_id").GetString() == incident);
        health.GetProperty("errors")[0].GetProperty("total").GetInt64().ShouldBePositive();
    }

    [Fact]
    public async Task The_history_is_read_by_pages_and_faults_of_the_question_are_said()
    {
        var check = new Settable { Result = HealthCheckResult.Unhealthy("gone") };
        await using var server = await StartAsync(check);
        await StateAsync(server, "tills", "fail");

        var first = (await server.GetAsync("/api/health/history?limit=1")).Json;
        var second = (await server.GetAsync($"/api/health/history?limit=1&cursor={first.GetProperty("next_cursor").GetString()}")).Json;
        var wrong = await server.GetAsync("/api/health/history?kind=odd&cursor=x&limit=0&unknown=1");

        first.GetProperty("items")[0].GetProperty("kind").GetString().ShouldBe("transition");
        second.GetProperty("items")[0].GetProperty("kind").GetString().ShouldBe("incident_opened");
        second.GetProperty("next_cursor").ValueKind.ShouldBe(JsonValueKind.Null);
        wrong.Status.ShouldBe(400);
        wrong.Json.GetProperty("errors").GetArrayLength().ShouldBe(4);
        (await KindsAsync(server, "kind=transition")).ShouldBe(["transition"]);
    }

    [Fact]
    public async Task A_probe_makes_no_check_run_and_an_operator_does()
    {
        var check = new Settable();
        await using var server = await TestServer.StartAsync(
            settings: Checks("""{"tills": {"period_s": 86400}}"""), services: services => services.AddHealthChecks().AddCheck("tills", check));
        await StateAsync(server, "tills", "pass");

        foreach (var path in new[] { "/health", "/health/ready", "/health/live", "/health/startup", "/healthz", "/readyz", "/livez", "/api/health", "/metrics" })
        {
            (await server.GetAsync(path)).Status.ShouldBe(200);
        }

        check.Runs.ShouldBe(1);
        var run = await server.AskAsync(HttpMethod.Post, "/api/health/checks/tills/run", null);
        check.Runs.ShouldBe(2);
        run.Json.GetProperty("name").GetString().ShouldBe("tills");
        (await server.AskAsync(HttpMethod.Post, "/api/health/checks/none/run", null)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_check_that_is_left_out_while_the_server_runs_is_not_run_and_says_so()
    {
        var check = new Settable { Result = HealthCheckResult.Unhealthy("gone") };
        await using var server = await StartAsync(check);
        await StateAsync(server, "tills", "fail");

        (await server.PutFlagAsync(FlagNames.HealthChecks, """{"value": {"tills": false}, "reason": "known"}""")).Status.ShouldBe(200);
        var left = await StateAsync(server, "tills", "unknown");

        left.GetProperty("enabled").GetBoolean().ShouldBeFalse();
        (await server.AskAsync(HttpMethod.Post, "/api/health/checks/tills/run", null)).Status.ShouldBe(409);
        (await server.GetAsync("/api/health")).Json.GetProperty("state").GetString().ShouldBe("pass");
    }

    internal static IReadOnlyDictionary<string, object> Checks(string json) => new Dictionary<string, object> { [FlagNames.HealthChecks] = JsonElement.Parse(json) };

    internal static Task<JsonElement> StateAsync(TestServer server, string check, string state) => CheckAsync(server, check, one => one.GetProperty("state").GetString() == state);

    internal static async Task<JsonElement> WholeAsync(TestServer server, Func<JsonElement, bool> isRight) =>
        (await Deadline.EventuallyAsync(() => server.GetAsync("/api/health"), answer => isRight(answer.Json))).Json;

    private static async Task<JsonElement> CheckAsync(TestServer server, string check, Func<JsonElement, bool> isRight) =>
        Find(await WholeAsync(server, json => Find(json, check) is { } one && isRight(one)), check)!.Value;

    private static JsonElement? Find(JsonElement health, string check) =>
        health.GetProperty("checks").EnumerateArray().Where(one => NameOf(one) == check).Select(one => (JsonElement?)one).SingleOrDefault();

    private static async Task<IEnumerable<string?>> KindsAsync(TestServer server, string query) =>
        (await server.GetAsync($"/api/health/history?{query}")).Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("kind").GetString()).ToArray();

    private static string? NameOf(JsonElement named) => named.GetProperty("name").GetString();

    private static Task<TestServer> StartAsync(Settable check, DataDirectory? data = null) =>
        TestServer.StartAsync(data, Checks("""{"tills": {"period_s": 0.1}}"""), services => services.AddHealthChecks().AddCheck("tills", check));

    /// <summary>Finds what a test says.</summary>
    private sealed class Settable : IHealthCheck
    {
        private int _runs;

        public int Runs => Volatile.Read(ref _runs);

        public HealthCheckResult Result { get; set; } = HealthCheckResult.Healthy();

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _runs);
            return Task.FromResult(Result);
        }
    }

    private sealed class Desk;

    private sealed class OfDesk(Desk desk) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(HealthCheckResult.Healthy($"{desk.GetType().Name} and {context.Registration.Tags.Count} tags"));
    }
}
