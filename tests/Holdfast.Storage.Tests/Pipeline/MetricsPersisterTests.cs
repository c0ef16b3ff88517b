using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Resilience;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Sqlite.Store;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Pipeline;

/// <summary>From a real spool into a real store: every count arrives, and none arrives twice.</summary>
public sealed class MetricsPersisterTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SpoolHarness _harness = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StoreState _state = new();
    private readonly MetricsPersisterOptions _options = new();
    private readonly List<MetricsPersister> _persisters = [];
    private readonly SemaphoreSlim _written = new(0);
    private FaultyStore _store = null!;
    private SqliteSpool _spool = null!;

    public async ValueTask InitializeAsync()
    {
        _spool = await _harness.OpenAsync();
        _store = new FaultyStore(new SqliteTelemetryStore(
            new SqliteStoreOptions { DataDirectory = _harness.NewDirectory() }, _clock, NullLogger<SqliteTelemetryStore>.Instance));
        _state.Opened(await _store.OpenAsync(CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        _persisters.ForEach(persister => persister.Dispose());
        await _store.DisposeAsync();
        await _harness.DisposeAsync();
        _written.Dispose();
    }

    [Fact]
    public async Task A_flush_moves_what_was_counted()
    {
        await _spool.ValidateAsync(Count("a", 3), Count("b", 1));
        await _spool.ValidateAsync(Count("a", 2));

        var flush = await Persister().FlushAsync(CancellationToken.None);

        (flush.Flushed, flush.Rows, flush.Approach, flush.Spooled, flush.Fault).ShouldBe((true, 2, "direct", 0, null));
        (await StoredAsync()).ShouldBe([("a", 5), ("b", 1)]);
        (await _spool.TakeValidationAsync(CancellationToken.None)).Counts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_to_write_is_no_success()
    {
        var flush = await Persister().FlushAsync(CancellationToken.None);

        (flush.Flushed, flush.Rows, flush.Approach, flush.Fault).ShouldBe((false, 0, null, null));
    }

    [Fact]
    public async Task Flush_after_flush_adds_what_came_between()
    {
        var persister = Persister();
        for (var n = 1; n <= 3; n++)
        {
            await _spool.ValidateAsync(Count("a", n));
            await persister.FlushAsync(CancellationToken.None);
        }

        (await StoredAsync()).ShouldBe([("a", 6)]);
        (await HistoryAsync()).Recent.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_store_that_is_away_leaves_everything_in_the_spool_and_the_next_flush_moves_it()
    {
        await _spool.ValidateAsync(Count("a", 1), Count("b", 1));
        _store.GoAway("connection");
        var persister = Persister();

        var failed = await persister.FlushAsync(CancellationToken.None);
        await _spool.ValidateAsync(Count("a", 10), Count("c", 1));
        var again = await persister.FlushAsync(CancellationToken.None);
        _store.ComeBack();
        var mended = await persister.FlushAsync(CancellationToken.None);

        (failed.Flushed, failed.Rows, failed.Spooled, failed.Fault!.Code).ShouldBe((false, 0, 2, "connection"));
        again.Spooled.ShouldBe(4, "two taken before and two that followed");
        (mended.Rows, mended.Spooled, mended.Fault).ShouldBe((4, 0, null));
        (await StoredAsync()).ShouldBe([("a", 11), ("b", 1), ("c", 1)]);
        (persister.Totals.Flushes, persister.Totals.Failures, persister.Totals.Rows).ShouldBe((3, 2, 4));
    }

    [Fact]
    public async Task A_store_that_was_never_opened_is_not_written_to()
    {
        await _spool.ValidateAsync(Count("a", 1));

        var flush = await Persister(state: new StoreState()).FlushAsync(CancellationToken.None);

        (flush.Flushed, flush.Spooled, flush.Fault!.Code).ShouldBe((false, 1, "starting"));
        (await StoredAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_holds_as_many_rows_as_it_is_told()
    {
        _options.RowsPerWrite = 4;
        var parts = new List<int>();
        _store.AfterValidation = part =>
        {
            parts.Add(part.Counts.Count);
            return Task.CompletedTask;
        };
        await _spool.ValidateAsync([.. Enumerable.Range(0, 10).Select(n => Count($"type{n}", 1))]);

        var flush = await Persister().FlushAsync(CancellationToken.None);

        parts.ShouldBe([4, 4, 2]);
        flush.Rows.ShouldBe(10);
    }

    /// <summary>Three parts: killed before and after each of them, and after the counts were confirmed.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public async Task A_kill_between_any_two_steps_loses_nothing_and_doubles_nothing(int fatal)
    {
        var (step, killed, killedInside) = (0, new InvalidOperationException("Killed."), fatal <= 6);
        _options.RowsPerWrite = 4;
        var counts = Enumerable.Range(0, 10).Select(n => Count($"type{n}", n + 1L)).ToArray();
        await _spool.ValidateAsync(counts);
        _store.BeforeValidation = _ => StepAsync();
        _store.AfterValidation = _ => StepAsync();

        var fault = await Record.ExceptionAsync(() => Persister().FlushAsync(CancellationToken.None));
        fatal = int.MaxValue;
        await _spool.ValidateAsync(Count("type0", 100));
        var revived = await _harness.OpenAsync(directory: _harness.Crash());
        var flush = await Persister(revived).FlushAsync(CancellationToken.None);

        fault.ShouldBe(killedInside ? killed : null);
        flush.Fault.ShouldBeNull();
        (await StoredAsync()).ShouldBe(counts.Select(count => (count.EventType, count.Total + (count.EventType == "type0" ? 100 : 0))));

        Task StepAsync() => ++step == fatal ? Task.FromException(killed) : Task.CompletedTask;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_part_that_fails_is_written_with_the_others_the_next_time(int failing)
    {
        _options.RowsPerWrite = 4;
        await _spool.ValidateAsync([.. Enumerable.Range(0, 10).Select(n => Count($"type{n}", 1))]);
        var (part, persister) = (0, Persister());
        _store.BeforeValidation = _ =>
        {
            if (++part == failing)
            {
                throw new StoreUnavailableException("io", "The disk broke.", null);
            }

            return Task.CompletedTask;
        };

        var failed = await persister.FlushAsync(CancellationToken.None);
        var mended = await persister.FlushAsync(CancellationToken.None);

        (failed.Flushed, failed.Spooled).ShouldBe((false, 10));
        mended.Rows.ShouldBe(10);
        (await StoredAsync()).Sum(type => type.Events).ShouldBe(10);
    }

    [Fact]
    public async Task An_answer_that_is_lost_after_the_commit_doubles_nothing()
    {
        await _spool.ValidateAsync(Count("a", 7));
        var persister = Persister();
        _store.AfterValidation = _ => throw new StoreUnavailableException("connection", "The answer was lost.", null);
        (await persister.FlushAsync(CancellationToken.None)).Flushed.ShouldBeFalse();

        _store.AfterValidation = _ => Task.CompletedTask;
        (await persister.FlushAsync(CancellationToken.None)).Flushed.ShouldBeTrue();

        (await StoredAsync()).ShouldBe([("a", 7)]);
    }

    [Fact]
    public async Task Flushes_at_the_same_time_add_up_while_events_keep_coming()
    {
        var persister = Persister();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(async () =>
        {
            await _spool.ValidateAsync(Count($"type{n % 3}", 1));
            await persister.FlushAsync(CancellationToken.None);
        })));

        (await StoredAsync()).ShouldBe([("type0", 14), ("type1", 13), ("type2", 13)]);
        persister.Totals.Flushes.ShouldBeLessThanOrEqualTo(40);
    }

    [Fact]
    public async Task A_write_that_hangs_is_given_up_after_its_time_and_counts_against_the_breaker()
    {
        using var pipelines = new ResiliencePipelines(_clock);
        pipelines.Apply(new ResilienceOptions { RetryEnabled = false, MetricsPersisterAttemptTimeout = TimeSpan.FromSeconds(2) });
        await _spool.ValidateAsync(Count("a", 1));
        _store.BeforeValidation = NeverAsync;
        var persister = Persister(store: new ResilientTelemetryStore(_store, new StorePipelines(pipelines), new DeadLetterCounters()));

        var flushing = persister.FlushAsync(CancellationToken.None);
        await _written.WaitAsync(Patience, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var flush = await flushing;

        (flush.Flushed, flush.Spooled, flush.Fault!.Code).ShouldBe((false, 1, "timeout"));
        flush.Fault.Message.ShouldContain("MONITORING_TIMEOUT_MS");
        pipelines.GetBreaker(PipelineNames.Database)!.Snapshot().ConsecutiveFailures.ShouldBe(1);
    }

    [Fact]
    public async Task Switched_off_nothing_is_written_and_what_waits_is_kept()
    {
        await _spool.ValidateAsync(Count("a", 1));
        _options.Enabled = false;
        var persister = Persister();

        var off = await persister.FlushAsync(CancellationToken.None);
        _options.Enabled = true;
        var on = await persister.FlushAsync(CancellationToken.None);

        (off.Flushed, off.Fault!.Code).ShouldBe((false, "off"));
        on.Rows.ShouldBe(1);
    }

    [Fact]
    public async Task The_loop_flushes_by_the_interval()
    {
        await using var loop = Loop(Persister());
        for (var n = 1; n <= 3; n++)
        {
            await _spool.ValidateAsync(Count("a", 1));
            await UntilTheLoopWaitsAsync();
            _clock.Advance(_options.FlushInterval - TimeSpan.FromSeconds(1));
            _written.CurrentCount.ShouldBe(0);
            _clock.Advance(TimeSpan.FromSeconds(1));
            await _written.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        (await StoredAsync()).ShouldBe([("a", 3)]);
    }

    [Fact]
    public async Task A_changed_interval_takes_effect_at_once()
    {
        await _spool.ValidateAsync(Count("a", 1));
        var persister = Persister();
        await using var loop = Loop(persister);
        await UntilTheLoopWaitsAsync();
        _clock.Advance(TimeSpan.FromSeconds(100));

        _options.FlushInterval = TimeSpan.FromSeconds(60);
        persister.OnOptionsChanged();

        (await _written.WaitAsync(Patience, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Fact]
    public async Task Switching_on_ends_a_wait_that_is_over()
    {
        await _spool.ValidateAsync(Count("a", 1));
        _options.Enabled = false;
        var persister = Persister();
        await using var loop = Loop(persister);
        _clock.Advance(TimeSpan.FromHours(1));
        _written.CurrentCount.ShouldBe(0);

        _options.Enabled = true;
        persister.OnOptionsChanged();

        (await _written.WaitAsync(Patience, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Fact]
    public async Task Leaving_flushes()
    {
        await _spool.ValidateAsync(Count("a", 4));
        var persister = Persister();

        await persister.ShutdownAsync(new ShutdownReport(), CancellationToken.None);

        persister.Phase.ShouldBe(ShutdownPhase.Flush);
        (await StoredAsync()).ShouldBe([("a", 4)]);
    }

    [Fact]
    public async Task A_write_that_hangs_costs_leaving_no_more_than_its_share()
    {
        await _spool.ValidateAsync(Count("a", 4));
        _store.BeforeValidation = NeverAsync;
        var persister = Persister();
        using var share = new CancellationTokenSource();

        var leaving = persister.ShutdownAsync(new ShutdownReport(), share.Token).AsTask();
        await _written.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await share.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(leaving);
        _store.BeforeValidation = _ => Task.CompletedTask;
        var revived = await _harness.OpenAsync(directory: _harness.Crash());
        (await Persister(revived).FlushAsync(CancellationToken.None)).Rows.ShouldBe(1);
        (await StoredAsync()).ShouldBe([("a", 4)]);
    }

    private static ValidationCount Count(string type, long events) => new(type, events, events, 0, 0, 0, 0);

    private MetricsPersister Persister(ISpool? spool = null, StoreState? state = null, ITelemetryStore? store = null)
    {
        var persister = new MetricsPersister(
            spool ?? _spool, store ?? _store, state ?? _state, new PersisterContext(() => _options, _clock), NullLogger<MetricsPersister>.Instance);
        _persisters.Add(persister);
        return persister;
    }

    private RunningLoop Loop(MetricsPersister persister)
    {
        _store.AfterValidation = _ =>
        {
            _written.Release();
            return Task.CompletedTask;
        };
        return new RunningLoop(persister);
    }

    // The timer of the loop is the only one on this clock while nothing is written.
    private async Task UntilTheLoopWaitsAsync()
    {
        var patience = new CancellationTokenSource(Patience);
        while (_clock.TimersSet != 1)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Says that it was asked, and answers nothing.</summary>
    private async Task NeverAsync(CancellationToken cancellationToken)
    {
        _written.Release();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    private ValueTask<ValidationHistory> HistoryAsync() => _store.ReadValidationAsync(_clock.GetUtcNow(), CancellationToken.None);

    private async Task<(string Type, long Events)[]> StoredAsync() =>
        [.. (await HistoryAsync()).Summary.Select(type => (type.EventType, type.TotalEvents)).OrderBy(type => type.EventType, StringComparer.Ordinal)];

    private sealed class RunningLoop : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public RunningLoop(MetricsPersister persister) => _running = persister.RunAsync(_stop.Token);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
