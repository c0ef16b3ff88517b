using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Resilience;
using Holdfast.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Polly.CircuitBreaker;

namespace Holdfast.Storage.Tests.Pipeline;

/// <summary>The flusher before a circuit breaker. The clock moves only where a test moves it.</summary>
public sealed class FlusherCircuitTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly SpoolHarness _spools = new();
    private readonly ManualTimeProvider _time = new(Batches.Noon);
    private readonly FaultyStore _faulty;
    private readonly ResiliencePipelines _pipelines;
    private readonly StorePipelines _named;
    private readonly ResilientTelemetryStore _store;
    private readonly StoreState _state = new();
    private LoopHost? _host;
    private Flusher? _last;

    public FlusherCircuitTests()
    {
        _faulty = new FaultyStore(new MemoryTelemetryStore(_time));
        _pipelines = new ResiliencePipelines(_time);
        _named = new StorePipelines(_pipelines);
        _store = new ResilientTelemetryStore(_faulty, _named, new DeadLetterCounters());
    }

    public async ValueTask DisposeAsync()
    {
        if (_last is not null)
        {
            await LedgerPromise.ShouldHoldAsync(_last);
        }

        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _pipelines.Dispose();
        await _spools.DisposeAsync();
    }

    [Fact]
    public async Task An_open_circuit_costs_no_attempts()
    {
        var flusher = Start(await _spools.OpenAsync());
        await OpenAsync(flusher);

        var asked = _named.Breaker.Snapshot().Totals.Failed;
        for (var i = 0; i < 20; i++)
        {
            await flusher.SampleAsync(CancellationToken.None);
            _time.Advance(Step);
        }

        _named.Breaker.Snapshot().Totals.Failed.ShouldBe(asked);
        _state.Now.Available.ShouldBeFalse();
    }

    [Fact]
    public async Task When_the_break_is_over_and_nothing_waits_the_flusher_finds_out_by_itself_that_the_store_is_back()
    {
        var flusher = Start(await _spools.OpenAsync());
        await OpenAsync(flusher);
        _faulty.ComeBack();

        await UntilAsync(flusher, () => _named.Breaker.State == CircuitState.Closed && _state.Now.Available);

        _named.Breaker.Snapshot().Totals.Opened.ShouldBe(1);
    }

    [Fact]
    public async Task A_reset_by_hand_is_not_waited_for()
    {
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool);
        await flusher.FirstAttempt;
        _named.Breaker.Trip(TimeSpan.FromHours(1), "local", "test");
        await spool.AppendAsync(SpoolAppend.Of(Row()), CancellationToken.None);

        _named.Breaker.Reset("local", "test");

        // The clock stands still: only the move can have woken it.
        while (spool.Snapshot().Rows > 0)
        {
            await Task.Yield();
        }

        (await flusher.SampleAsync(CancellationToken.None)).Events.Stored.ShouldBe(1);
    }

    [Fact]
    public async Task A_shutdown_does_not_wait_for_the_end_of_a_break()
    {
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool);
        await OpenAsync(flusher);
        await spool.AppendAsync(SpoolAppend.Of(Row()), CancellationToken.None);

        var report = new ShutdownReport();
        await flusher.ShutdownAsync(report, CancellationToken.None); // the clock stands still

        report.Flushed.ShouldBe(0);
        spool.Snapshot().Rows.ShouldBe(1);
    }

    private async Task OpenAsync(Flusher flusher)
    {
        await flusher.FirstAttempt;
        _faulty.GoAway("connection");
        _pipelines.Apply(new ResilienceOptions { CircuitBreakerThreshold = 1 });
        await flusher.SampleAsync(CancellationToken.None);
        await UntilAsync(flusher, () => _named.Breaker.State == CircuitState.Open && !_state.Now.Available);
    }

    private async Task UntilAsync(Flusher flusher, Func<bool> isSo)
    {
        while (!isSo())
        {
            await flusher.SampleAsync(CancellationToken.None);
            _time.Advance(Step);
        }
    }

    private static SpoolEntry Row() => new(SpoolKind.Event, EventCodec.Version, 1, Batches.Encode([Batches.Event()]));

    private Flusher Start(ISpool spool)
    {
        var reconciler = new StoreReconciler(spool, _store, _time, NullLogger<StoreReconciler>.Instance);
        var context = new FlusherContext(new FlusherOptions { Backoff = new BackoffSchedule(Step, 2, Step, 0) }, _time, () => 0.5) { Breaker = _named.Breaker };
        var flusher = new Flusher(spool, _store, reconciler, _state, context, NullLogger<Flusher>.Instance);
        _host = new LoopHost([flusher], _time, NullLogger<LoopHost>.Instance);
        _host.Start();
        _last = flusher;
        return flusher;
    }
}
