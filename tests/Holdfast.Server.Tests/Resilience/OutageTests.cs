using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Resilience;

/// <summary>The life of the database's circuit breaker, as those see it who use the server.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private readonly FaultyStorage _storage = new();
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(
        settings: new Dictionary<string, object> { [FlagNames.CircuitBreakerThreshold] = 2, [FlagNames.CircuitBreakerTimeout] = 2 },
        services: _storage.AddTo);

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task An_outage_opens_the_breaker_its_end_closes_it_and_nothing_is_lost()
    {
        await OpenAsync();
        (await Server.PostAsync(SomeEvents.Many("outage.sent", 11, 10))).Status.ShouldBe(202);

        _storage.ComeBack();
        var closed = await StateAsync("closed");
        var stored = await Server.StoredAsync("event_type=outage.sent", 20);

        stored.Select(SomeEvents.Number).Order().ShouldBe(Enumerable.Range(1, 20));
        closed.GetProperty("transitions").EnumerateArray().Select(move => move.GetProperty("to").GetString())
            .Where((state, i) => i == 0 || state is "closed").ShouldBe(["open", "closed"]);
        (await Server.GetAsync("/health/ready")).Json.GetProperty("status").GetString().ShouldBe("pass");
        await Server.SettledLedgerAsync();
    }

    [Fact]
    public async Task Every_move_of_the_breaker_is_an_event_that_watchers_see_live_and_the_store_keeps()
    {
        await using var watcher = await LiveClient.GreetedAsync(Server);
        await OpenAsync();
        await watcher.UntilAsync(frame => frame.Type == "e" && frame.ToString().Contains("circuit_breaker_open"));

        _storage.ComeBack();
        await StateAsync("closed");
        await watcher.UntilAsync(frame => frame.Type == "e" && frame.ToString().Contains("circuit_breaker_close"));

        var opened = (await Server.StoredAsync("event_type=circuit_breaker_open", 1))[^1];
        opened.GetProperty("source").GetString().ShouldBe("holdfast");
        opened.GetProperty("category").GetString().ShouldBe("critical");
        opened.GetProperty("data").GetProperty("breaker").GetString().ShouldBe("database");
        opened.GetProperty("data").GetProperty("failure").GetString().ShouldBe("connection refused");
        (await Server.StoredAsync("event_type=circuit_breaker_half_open", 1)).ShouldNotBeEmpty();
        (await Server.StoredAsync("event_type=circuit_breaker_close", 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task While_it_is_open_the_server_is_ready_degraded_and_says_what_happens_next()
    {
        await OpenAsync();

        var ready = await Server.GetAsync("/health/ready");
        var status = (await Server.GetAsync("/status")).Json;

        ready.Status.ShouldBe(200);
        ready.Json.GetProperty("status").GetString().ShouldBe("warn");
        ready.Body.ShouldContain("connection refused");
        ready.Body.ShouldContain("is tried again in");
        ready.Body.ShouldNotContain("db.internal");
        status.GetProperty("status").GetProperty("state").GetString().ShouldBe("degraded");
        var breaker = status.GetProperty("breakers")[0];
        breaker.GetProperty("name").GetString().ShouldBe("database");
        breaker.GetProperty("state").GetString().ShouldBeOneOf("open", "half_open");
        breaker.GetProperty("last_failure").GetString().ShouldBe("connection refused");
    }

    [Theory]
    [InlineData("/api/events")]
    [InlineData("/api/series?name=system.cpu.utilization")]
    [InlineData("/api/audit")]
    public async Task While_it_is_open_what_only_the_store_knows_is_refused_with_a_time_to_come_back(string path)
    {
        await OpenAsync();

        var answer = await Server.GetAsync(path);

        answer.ShouldBeProblem(503);
        answer.ShouldSayWhenToComeBack();
        answer.Body.ShouldNotContain("db.internal");
    }

    [Fact]
    public async Task A_shutdown_while_it_is_open_keeps_everything_in_the_spool_and_drops_nothing()
    {
        await OpenAsync();

        await Server.StopAsync();

        var report = Server.Node.Parts.Shutdown.Report;
        report.Dropped.ShouldBe(0);
        report.Flushed.ShouldBe(0);
        report.Spooled.ShouldBeGreaterThanOrEqualTo(10);
        Server.Node.ExitCode.ShouldBe(0);
    }

    /// <summary>Ten events that the store does not get, and a breaker that has had enough.</summary>
    private async Task OpenAsync()
    {
        _storage.GoAway();
        (await Server.PostAsync(SomeEvents.Many("outage.sent", 1, 10))).Status.ShouldBe(202);
        await Deadline.EventuallyAsync(
            () => Server.GetAsync("/api/breakers/database"), answer => answer.Json.GetProperty("totals").GetProperty("opened").GetInt64() > 0);
    }

    private async Task<JsonElement> StateAsync(string state) => (await Deadline.EventuallyAsync(
        () => Server.GetAsync("/api/breakers/database"), answer => answer.Json.GetProperty("state").GetString() == state)).Json;
}
