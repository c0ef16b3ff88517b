using Holdfast.Flags;
using Holdfast.Pipeline;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Resilience;

/// <summary>Each switch of the resilience, turned while the server runs.</summary>
public sealed class SwitchTests : IAsyncLifetime
{
    private readonly FaultyStorage _storage = new();
    private TestServer? _server;

    private TestServer Server => _server!;

    private ITelemetryStore Store => Server.Node.Parts.Store;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(
        settings: new Dictionary<string, object> { [FlagNames.RetryMaxAttempts] = 2, [FlagNames.CircuitBreakerThreshold] = 1_000 },
        services: _storage.AddTo);

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task RESILIENCE_RETRY_ENABLED_off_makes_one_attempt()
    {
        var with = await AttemptsAsync(() => Store.RollUpAsync(Now, Deadline.Token()).AsTask());

        Server.Flags.Set(FlagNames.Retry, false);
        var without = await AttemptsAsync(() => Store.RollUpAsync(Now, Deadline.Token()).AsTask());

        (with, without).ShouldBe((2, 1));
    }

    [Fact]
    public async Task RESILIENCE_METRICS_PERSISTER_ENABLED_off_flushes_past_the_pipeline_in_one_attempt()
    {
        var with = await AttemptsAsync(FlushValidationAsync);
        var failedBefore = Failed();

        Server.Flags.Set(FlagNames.ResilientPersister, false);
        var without = await AttemptsAsync(FlushValidationAsync);

        (with, without).ShouldBe((2, 1));
        Failed().ShouldBe(failedBefore);
    }

    [Fact]
    public async Task RESILIENCE_CIRCUIT_BREAKER_ENABLED_off_lets_everything_through_and_counts()
    {
        Server.Flags.Set(FlagNames.CircuitBreakerThreshold, 1);
        Server.Flags.Set(FlagNames.Retry, false);
        await Server.SettledLedgerAsync();
        _storage.GoAway();
        await RefusedAsync();
        var (askedBefore, failedBefore) = (_storage.Asked, Failed());

        await RefusedAsync();
        var askedWhileOpen = _storage.Asked - askedBefore;
        Server.Flags.Set(FlagNames.CircuitBreaker, false);
        await RefusedAsync();

        askedWhileOpen.ShouldBe(0);
        _storage.Asked.ShouldBeGreaterThan(askedBefore);
        Failed().ShouldBeGreaterThan(failedBefore);
    }

    [Fact]
    public async Task RESILIENCE_DLQ_ENABLED_off_parks_a_bad_row_in_the_spool_and_alerts()
    {
        Server.Flags.Set(FlagNames.DeadLetters, false);
        await Server.PostAsync($"[{SomeEvents.One("good.row")},{SomeEvents.One(FaultyStorage.RefusedType)},{SomeEvents.One("good.row")}]");
        await Server.StoredAsync("event_type=good.row", 2);
        var parked = await Server.SettledLedgerAsync();

        Server.Flags.Set(FlagNames.DeadLetters, true);
        await Server.PostAsync(SomeEvents.One(FaultyStorage.RefusedType));
        await Deadline.EventuallyAsync(
            () => Server.GetAsync("/api/ledger"), answer => answer.Json.GetProperty("events").GetProperty("dead_lettered").GetInt64() == 1);

        (parked.GetProperty("parked").GetInt64(), parked.GetProperty("dead_lettered").GetInt64()).ShouldBe((1, 0));
        (await Server.GetAsync("/health/ready")).Body.ShouldContain("1 rows that the store refused are parked");
        Server.Errors.Take().ShouldContain(error => error.Contains("RESILIENCE_DLQ_ENABLED"));
        (await Server.SettledLedgerAsync()).GetProperty("parked").GetInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RESILIENCE_GRACEFUL_SHUTDOWN_ENABLED_off_leaves_without_a_flush_and_keeps_the_spool(bool graceful)
    {
        Server.Flags.Set(FlagNames.GracefulShutdown, graceful);
        _storage.GoAway();
        await Server.PostAsync(SomeEvents.Many("kept.sent", 1, 7));
        await Deadline.EventuallyAsync(() => Server.GetAsync("/health/ready"), answer => answer.Body.Contains("connection refused"));
        _storage.ComeBack();

        // Within the pause after a failure: only a shutdown that flushes goes to the store again.
        Server.Node.Parts.Resilience.Pipelines.GetBreaker("database")!.Trip(TimeSpan.FromHours(1), "test", "nothing but a drain may flush");
        if (graceful)
        {
            Server.Flags.Set(FlagNames.CircuitBreaker, false);
        }

        await Server.StopAsync();

        var report = Server.Node.Parts.Shutdown.Report;
        report.Dropped.ShouldBe(0);
        (report.Spooled >= 7).ShouldBe(!graceful);
    }

    [Fact]
    public async Task A_switch_in_the_override_file_takes_effect_while_the_server_runs()
    {
        await File.WriteAllTextAsync(Server.Data.File("flags.override.json"), """{"RESILIENCE_CIRCUIT_BREAKER_ENABLED": false}""", Deadline.Token());

        var breaker = await Deadline.EventuallyAsync(
            () => Server.GetAsync("/api/breakers/database"), answer => !answer.Json.GetProperty("enabled").GetBoolean());

        breaker.Json.GetProperty("enabled").GetBoolean().ShouldBeFalse();
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>How often the store is asked by one operation while it is away. Nothing waits, so nobody else asks.</summary>
    private async Task<int> AttemptsAsync(Func<Task> operation)
    {
        await Server.SettledLedgerAsync();
        var before = _storage.Asked;
        _storage.GoAway();
        await Should.ThrowAsync<StoreUnavailableException>(operation);
        var asked = _storage.Asked - before;
        _storage.ComeBack();
        return asked;
    }

    private Task<StoreUnavailableException> RefusedAsync() =>
        Should.ThrowAsync<StoreUnavailableException>(() => Store.RollUpAsync(Now, Deadline.Token()).AsTask());

    private async Task FlushValidationAsync() =>
        await Store.WriteValidationAsync(new Spool.PendingValidation(Guid.NewGuid(), []), Now, Deadline.Token());

    private long Failed() => Server.Node.Parts.Resilience.Pipelines.GetBreaker("database")!.Snapshot().Totals.Failed;
}
