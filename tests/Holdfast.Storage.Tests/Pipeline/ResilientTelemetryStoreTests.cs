using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Resilience;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Polly.CircuitBreaker;

namespace Holdfast.Storage.Tests.Pipeline;

/// <summary>The pipelines around a store: who pays for which fault, and what callers are told.</summary>
public sealed class ResilientTelemetryStoreTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly FaultyStore _faulty;
    private readonly ResiliencePipelines _pipelines;
    private readonly StorePipelines _named;
    private readonly ResilientTelemetryStore _store;

    public ResilientTelemetryStoreTests()
    {
        _faulty = new FaultyStore(new MemoryTelemetryStore(_time));
        _pipelines = new ResiliencePipelines(_time);
        _named = new StorePipelines(_pipelines);
        _store = new ResilientTelemetryStore(_faulty, _named, new DeadLetterCounters());
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _pipelines.Dispose();
    }

    [Fact]
    public async Task Failures_of_all_users_together_open_the_one_breaker_and_then_nobody_is_let_through()
    {
        _faulty.GoAway("connection");
        for (var i = 0; i < 5; i++)
        {
            await FailAsync(i % 2 == 0 ? TotalsAsync : WriteAsync);
        }

        _faulty.ComeBack();
        var refusal = await FailAsync(async () => await _store.QueryEventsAsync(new EventQuery(), CancellationToken.None));

        _named.Breaker.State.ShouldBe(CircuitState.Open);
        refusal.Code.ShouldBe(StoreUnavailableException.CircuitOpen);
        refusal.RetryAfter.ShouldBe(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("busy")]
    [InlineData("full")]
    [InlineData("io")]
    [InlineData("connection")]
    [InlineData("timeout")]
    [InlineData("other")]
    public async Task A_store_that_is_away_or_overloaded_counts_against_the_breaker(string code)
    {
        _faulty.GoAway(code);

        (await FailAsync(TotalsAsync)).Code.ShouldBe(code);

        _named.Breaker.Snapshot().Totals.Failed.ShouldBe(1);
    }

    [Theory]
    [InlineData("schema")]
    [InlineData("suspect_schema")]
    public async Task A_schema_that_does_not_fit_opens_nothing(string code)
    {
        _faulty.GoAway(code);
        for (var i = 0; i < 10; i++)
        {
            await FailAsync(TotalsAsync);
        }

        _named.Breaker.State.ShouldBe(CircuitState.Closed);
        _named.Breaker.Snapshot().Totals.Ignored.ShouldBe(10);
    }

    [Fact]
    public async Task A_write_that_hangs_is_ended_and_counts()
    {
        _faulty.HangWrites();

        var writing = FailAsync(WriteAsync);
        await _faulty.Refused.WaitAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        var fault = await writing;

        fault.Code.ShouldBe("timeout");
        _named.Breaker.Snapshot().Totals.Failed.ShouldBe(1);
    }

    [Fact]
    public async Task A_question_that_hangs_is_ended_and_does_not_count()
    {
        _faulty.HangReads();

        var asking = FailAsync(async () => await _store.QueryEventsAsync(new EventQuery(), CancellationToken.None));
        await _faulty.Refused.WaitAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        var fault = await asking;

        fault.Code.ShouldBe("timeout");
        _named.Breaker.Snapshot().Totals.Failed.ShouldBe(0);
    }

    [Fact]
    public async Task Opening_and_purging_take_as_long_as_they_take()
    {
        _pipelines.Snapshot().Pipelines.Where(pipeline => pipeline.Name is PipelineNames.Migrations or PipelineNames.Maintenance)
            .ShouldAllBe(pipeline => pipeline.Timeout == null && pipeline.AttemptTimeout == null);

        (await _store.OpenAsync(CancellationToken.None)).SchemaVersion.ShouldBe(1);
    }

    [Fact]
    public async Task An_isolated_circuit_says_who_did_it_and_may_be_asked_again_soon()
    {
        _named.Breaker.Isolate("local", "the disk is being changed");

        var refusal = await FailAsync(TotalsAsync);

        refusal.Message.ShouldContain("An operator has isolated");
        refusal.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
    }

    private async Task TotalsAsync() => await _store.ReadTotalsAsync(Guid.Empty, CancellationToken.None);

    private async Task WriteAsync() => await _store.WriteAsync(new StoreWrite(Guid.Empty, []), CancellationToken.None);

    private static Task<StoreUnavailableException> FailAsync(Func<Task> operation) => Should.ThrowAsync<StoreUnavailableException>(operation);
}
