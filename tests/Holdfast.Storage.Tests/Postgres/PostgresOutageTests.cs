using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Postgres.Store;
using Holdfast.Resilience;
using Holdfast.Storage.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Polly.CircuitBreaker;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>A real PostgreSQL that is stopped and started behind the circuit breaker.</summary>
public sealed class PostgresOutageTests
{
    [Fact]
    public async Task A_server_that_is_stopped_opens_the_breaker_and_one_that_is_started_closes_it()
    {
        await using var own = await PostgresDatabases.CreateAsync(await PostgresServer.StartAsync("/usr/lib/postgresql/15/bin"));
        using var pipelines = new ResiliencePipelines();
        pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 3 });
        var named = new StorePipelines(pipelines);
        await using var store = Store(await own.MigratedAsync(), named);
        await store.OpenAsync(CancellationToken.None);

        await own.Server.StopAsync();
        while (named.Breaker.State == CircuitState.Closed)
        {
            await Should.ThrowAsync<StoreUnavailableException>(async () => await store.ReadTotalsAsync(Guid.Empty, CancellationToken.None));
        }

        var refusal = await Should.ThrowAsync<StoreUnavailableException>(
            async () => await store.QueryEventsAsync(new EventQuery(), CancellationToken.None));
        var failure = named.Breaker.Snapshot().LastFailure;
        await own.Server.StartAgainAsync();
        named.Breaker.Reset("test", "the server is up");
        while (!await AnswersAsync(store))
        {
            // Connections of before the outage are broken one by one.
        }

        refusal.Code.ShouldBe(StoreUnavailableException.CircuitOpen);
        failure.ShouldBeOneOf("connection refused", "cannot be reached", "stopping or starting");
        named.Breaker.State.ShouldBe(CircuitState.Closed);
    }

    [Fact]
    public async Task A_table_that_is_gone_is_not_an_outage()
    {
        await using var own = await PostgresDatabases.CreateAsync(await PostgresServer.StartAsync("/usr/lib/postgresql/15/bin"));
        using var pipelines = new ResiliencePipelines();
        var named = new StorePipelines(pipelines);
        var database = await own.MigratedAsync();
        await using var store = Store(database, named);
        await store.OpenAsync(CancellationToken.None);
        database.Execute("DROP TABLE holdfast.spool_totals CASCADE");

        for (var i = 0; i < 10; i++)
        {
            var fault = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.ReadTotalsAsync(Guid.Empty, CancellationToken.None));
            (fault.Code, fault.Reason).ShouldBe(("schema", "schema does not fit"));
        }

        named.Breaker.State.ShouldBe(CircuitState.Closed);
    }

    private static ResilientTelemetryStore Store(PostgresTestDatabase database, StorePipelines pipelines) => new(
        new PostgresTelemetryStore(
            new PostgresStoreOptions { ConnectionString = database.ConnectionString }, TimeProvider.System, NullLogger<PostgresTelemetryStore>.Instance),
        pipelines,
        new DeadLetterCounters());

    private static async Task<bool> AnswersAsync(ResilientTelemetryStore store)
    {
        try
        {
            await store.ReadTotalsAsync(Guid.Empty, CancellationToken.None);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}
