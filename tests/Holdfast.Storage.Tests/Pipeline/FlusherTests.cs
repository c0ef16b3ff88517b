using Holdfast.Lifecycle;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Storage.Tests.Pipeline;

/// <summary>The flusher between a real spool and the reference store. The clock moves only where a test moves it.</summary>
public sealed class FlusherTests : IAsyncDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly SpoolHarness _spools = new();
    private readonly ManualTimeProvider _time;
    private readonly MemoryTelemetryStore _memory;
    private readonly FaultyStore _store;
    private readonly StoreState _state = new();
    private LoopHost? _host;
    private Flusher? _last;
    private bool _lossIsMeant;

    public FlusherTests()
    {
        _time = new ManualTimeProvider(_spools.Clock.GetUtcNow());
        _memory = new MemoryTelemetryStore(_time);
        _store = new FaultyStore(_memory);
    }

    public async ValueTask DisposeAsync()
    {
        if (_last is not null)
        {
            await LedgerPromise.ShouldHoldAsync(_last, _lossIsMeant);
        }

        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _spools.DisposeAsync();
    }

    [Fact]
    public async Task What_is_appended_reaches_the_store_and_leaves_the_spool()
    {
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool);

        await spool.AppendAsync(SpoolAppend.Of(Rows(3)), CancellationToken.None);
        var ledger = await SettledAsync(flusher, events: 3);

        ledger.Events.ShouldBe(new LedgerTerms(3, 3, 0, 0, 0, 0, 0, 0));
        ledger.Error.ShouldBe(0);
        spool.Snapshot().Batches.ShouldBe(0);
    }

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 50)]
    public async Task The_next_batch_waits_less_while_somebody_watches_elsewhere(bool watched, int lingersMs)
    {
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool, watchedElsewhere: watched);
        await spool.AppendAsync(SpoolAppend.Of(Rows(1)), CancellationToken.None);
        WrittenShouldBe(1);
        await flusher.SampleAsync(CancellationToken.None);
        await flusher.SampleAsync(CancellationToken.None); // this one is answered within the pause
        await spool.AppendAsync(SpoolAppend.Of(Rows(1)), CancellationToken.None);

        _time.Advance(TimeSpan.FromMilliseconds(lingersMs - 1));
        (await flusher.SampleAsync(CancellationToken.None)).Events.Spooled.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        WrittenShouldBe(2);
    }

    [Fact]
    public async Task While_the_store_is_away_data_waits_and_nothing_is_lost_or_doubled()
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool);
        await _store.Refused.WaitAsync();

        await spool.AppendAsync(SpoolAppend.Of(Rows(2)), CancellationToken.None);
        _state.Now.Available.ShouldBeFalse();
        _store.ComeBack();
        var ledger = await SettledAsync(flusher, events: 2);

        ledger.Events.Stored.ShouldBe(2);
        ledger.Error.ShouldBe(0);
        _state.Now.Available.ShouldBeTrue();
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_recognised()
    {
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool);
        await flusher.FirstAttempt;

        _store.LosesAnswer = true;
        await spool.AppendAsync(SpoolAppend.Of(Rows(5)), CancellationToken.None);
        var ledger = await SettledAsync(flusher, events: 5);

        ledger.Events.ShouldBe(new LedgerTerms(5, 5, 0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task Batches_stored_just_before_a_crash_are_forgotten_at_the_next_start()
    {
        var spool = await _spools.OpenAsync();
        await spool.AppendAsync(SpoolAppend.Of(Rows(4)), CancellationToken.None);
        var waiting = await spool.ReadAsync(new SpoolRead(), CancellationToken.None);
        await _memory.OpenAsync(CancellationToken.None);
        await _memory.WriteAsync(new StoreWrite(spool.SpoolId, waiting), CancellationToken.None);

        var flusher = Start(spool);
        var ledger = await SettledAsync(flusher, events: 4);

        ledger.Events.ShouldBe(new LedgerTerms(4, 4, 0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task A_row_that_was_parked_by_a_write_that_was_never_committed_is_stored_with_its_batch_and_once()
    {
        var spool = await _spools.OpenAsync();
        var identity = await _memory.OpenAsync(CancellationToken.None);
        await spool.RememberStoreAsync(identity.StoreId, default, CancellationToken.None);
        await spool.AppendAsync(SpoolAppend.Of(Rows(3)), CancellationToken.None);
        await spool.ParkAsync([new ParkedRow(1, 1, SpoolKind.Event, new byte[5], "a rule that is gone", _time.GetUtcNow())], CancellationToken.None);

        var ledger = await SettledAsync(Start(spool), events: 3);

        ledger.Events.ShouldBe(new LedgerTerms(3, 3, 0, Parked: 0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task A_row_that_was_parked_by_a_write_whose_answer_was_lost_stays_parked()
    {
        var spool = await _spools.OpenAsync();
        await _memory.OpenAsync(CancellationToken.None);
        await spool.AppendAsync(SpoolAppend.Of(new SpoolEntry(SpoolKind.Event, EventCodec.Version, 2, Batches.Encode([Batches.Event(), Batches.Event(data: "[]")]))), CancellationToken.None);
        await _memory.WriteAsync(new StoreWrite(spool.SpoolId, await spool.ReadAsync(new SpoolRead(), CancellationToken.None), spool.ParkAsync), CancellationToken.None);

        var ledger = await SettledAsync(Start(spool), events: 2);

        ledger.Events.ShouldBe(new LedgerTerms(2, 1, 0, Parked: 1, 0, 0, 0, 0));
    }

    [Fact]
    public async Task A_store_restored_from_an_older_backup_is_noticed_and_the_difference_counts_as_lost()
    {
        _lossIsMeant = true;
        var spool = await _spools.OpenAsync();
        await spool.AppendAsync(SpoolAppend.Of(Rows(4)), CancellationToken.None);
        var identity = await _memory.OpenAsync(CancellationToken.None);
        await spool.RememberStoreAsync(identity.StoreId, default, CancellationToken.None);

        // The spool had seen the batch confirmed and has let it go; the store that comes now knows nothing of it.
        await spool.RemoveAsync([1], CancellationToken.None);
        var flusher = Start(spool);
        await flusher.FirstAttempt;
        var ledger = await flusher.SampleAsync(CancellationToken.None);

        ledger.Events.ShouldBe(new LedgerTerms(4, 0, 0, 0, 0, 0, 0, Lost: 4));
        (await _memory.ReadHeldAsync(spool.SpoolId, CancellationToken.None)).ContiguousMark.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_restored_under_a_running_flusher_is_noticed_by_the_next_sample()
    {
        _lossIsMeant = true;
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool);
        await spool.AppendAsync(SpoolAppend.Of(Rows(3)), CancellationToken.None);
        await SettledAsync(flusher, events: 3);

        // As if it had been stored and let go: the store that comes back does not have it.
        _store.GoAway();
        await spool.AppendAsync(SpoolAppend.Of(Rows(4)), CancellationToken.None);
        await spool.RemoveAsync([2], CancellationToken.None);
        _store.ComeBack();
        var ledger = await SettledAsync(flusher, events: 7);

        ledger.Events.ShouldBe(new LedgerTerms(7, 3, 0, 0, 0, 0, 0, Lost: 4));
        ledger.Error.ShouldBe(0);
    }

    [Fact]
    public async Task A_restored_store_is_noticed_also_when_more_has_come_since()
    {
        _lossIsMeant = true;
        var spool = await _spools.OpenAsync();
        var identity = await _memory.OpenAsync(CancellationToken.None);
        await spool.RememberStoreAsync(identity.StoreId, default, CancellationToken.None);

        // Stored and let go, before the store was replaced.
        await spool.AppendAsync(SpoolAppend.Of(Rows(4)), CancellationToken.None);
        await spool.RemoveAsync([1], CancellationToken.None);
        await spool.AppendAsync(SpoolAppend.Of(Rows(3)), CancellationToken.None);
        var ledger = await SettledAsync(Start(spool), events: 7);

        ledger.Events.ShouldBe(new LedgerTerms(7, 3, 0, 0, 0, 0, 0, Lost: 4));
        (await _memory.ReadHeldAsync(spool.SpoolId, CancellationToken.None)).ContiguousMark.ShouldBe(2);
    }

    [Fact]
    public async Task What_went_to_another_store_is_none_of_the_business_of_a_new_one_and_does_not_hold_its_mark_back()
    {
        var spool = await _spools.OpenAsync();
        await spool.AppendAsync(SpoolAppend.Of(Rows(4)), CancellationToken.None);
        await spool.RemoveAsync([1], CancellationToken.None);
        await spool.AppendAsync(SpoolAppend.Of(Rows(3)), CancellationToken.None);

        var ledger = await SettledAsync(Start(spool), events: 3);

        ledger.Events.ShouldBe(new LedgerTerms(3, 3, 0, 0, 0, 0, 0, 0));
        (await _memory.ReadHeldAsync(spool.SpoolId, CancellationToken.None)).ShouldSatisfyAllConditions(
            held => held.ContiguousMark.ShouldBe(2),
            held => held.Above.ShouldBeEmpty());
    }

    [Fact]
    public async Task A_spool_that_forgot_its_store_takes_what_the_store_holds_into_account()
    {
        var spool = await _spools.OpenAsync();
        await spool.AppendAsync(SpoolAppend.Of(Rows(4)), CancellationToken.None);
        await _memory.OpenAsync(CancellationToken.None);
        await _memory.WriteAsync(new StoreWrite(spool.SpoolId, await spool.ReadAsync(new SpoolRead(), CancellationToken.None)), CancellationToken.None);
        await spool.RemoveAsync([1], CancellationToken.None);

        var flusher = Start(spool);
        await flusher.FirstAttempt;

        (await flusher.SampleAsync(CancellationToken.None)).Events.ShouldBe(new LedgerTerms(4, 4, 0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task After_an_outage_what_happens_now_goes_before_most_of_the_backlog_and_all_of_it_arrives()
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool, rowsMax: 10);
        await _store.Refused.WaitAsync();
        await AppendAsync(spool, batches: 6);
        JumpBy(TimeSpan.FromMinutes(5));
        await AppendAsync(spool, batches: 6);

        _store.ComeBack();
        await FirstWriteAsync(flusher);
        var ledger = await SettledAsync(flusher, events: 120, step: TimeSpan.Zero); // what happens now stays now

        _store.Written.ShouldBe([7, 8, 9, 1, 10, 11, 12, 2, 3, 4, 5, 6]);
        ledger.Events.ShouldBe(new LedgerTerms(120, 120, 0, 0, 0, 0, 0, 0));
        (await _memory.ReadHeldAsync(spool.SpoolId, CancellationToken.None)).ShouldSatisfyAllConditions(
            held => held.ContiguousMark.ShouldBe(12),
            held => held.Above.ShouldBeEmpty());
    }

    [Fact]
    public async Task What_went_before_its_turn_is_recognised_when_its_answer_was_lost()
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool, rowsMax: 10);
        await _store.Refused.WaitAsync();
        await AppendAsync(spool, batches: 4);
        JumpBy(TimeSpan.FromMinutes(5));
        await AppendAsync(spool, batches: 4);

        _store.LosesAnswer = true;
        _store.ComeBack();
        var ledger = await SettledAsync(flusher, events: 80);

        ledger.Events.ShouldBe(new LedgerTerms(80, 80, 0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task What_takes_the_store_too_long_is_sent_in_smaller_parts()
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool, rowsMax: 80);
        await _store.Refused.WaitAsync();
        await AppendAsync(spool, batches: 8);

        _store.RowsMax = 20;
        _store.ComeBack();
        var ledger = await SettledAsync(flusher, events: 80);

        ledger.Events.Stored.ShouldBe(80);
    }

    [Fact]
    public async Task What_is_wrong_with_the_store_is_said_when_it_changes_and_not_at_every_attempt()
    {
        var spool = await _spools.OpenAsync();
        var log = new RecordingLogger<Flusher>();
        _store.GoAway();
        var flusher = Start(spool, log: log);
        await RefusedAsync(times: 4);

        _store.GoAway("full");
        await RefusedAsync(times: 4);
        _store.ComeBack();
        await SettledAsync(flusher, events: 0);

        log.Records.Where(line => line.Level == LogLevel.Warning).Select(line => line.Message[..38]).ShouldBe(
            ["Nothing could be flushed (busy): The s", "Nothing could be flushed (full): The s"]);
    }

    [Fact]
    public async Task Numbers_that_were_left_out_are_not_told_as_a_loss()
    {
        var spool = await _spools.OpenAsync("process");
        var unmarked = _spools.Crash();
        await spool.AppendAsync(SpoolAppend.Of(Rows(3)), CancellationToken.None);
        var revived = await _spools.OpenAsync("process", unmarked);
        var log = new RecordingLogger<StoreReconciler>();

        await new StoreReconciler(revived, _memory, _time, log).ConnectAsync(CancellationToken.None);

        log.Records.ShouldAllBe(line => line.Level == LogLevel.Information);
        log.Records.ShouldContain(line => line.Message.Contains("unclean_end"));
        (await _memory.ReadTotalsAsync(revived.SpoolId, CancellationToken.None)).Events.Lost.ShouldBe(0);
    }

    [Fact]
    public async Task A_shutdown_sends_what_waits()
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool);
        await _store.Refused.WaitAsync();
        await spool.AppendAsync(SpoolAppend.Of(Rows(7)), CancellationToken.None);
        _store.ComeBack();

        var report = new ShutdownReport();
        await flusher.ShutdownAsync(report, CancellationToken.None);

        report.Flushed.ShouldBe(7);
        spool.Snapshot().Batches.ShouldBe(0);
    }

    [Fact]
    public async Task A_shutdown_with_the_store_away_leaves_everything_in_the_spool()
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool);
        await spool.AppendAsync(SpoolAppend.Of(Rows(7)), CancellationToken.None);

        var report = new ShutdownReport();
        await flusher.ShutdownAsync(report, CancellationToken.None);

        report.Flushed.ShouldBe(0);
        spool.Snapshot().Rows.ShouldBe(7);
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    [InlineData(-24 * 400)]
    [InlineData(24 * 400)]
    public async Task A_clock_that_jumps_costs_nothing_stores_nothing_twice_and_keeps_the_order(int hours)
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool);
        await _store.Refused.WaitAsync();

        await spool.AppendAsync(SpoolAppend.Of(Rows(2)), CancellationToken.None);
        JumpBy(TimeSpan.FromHours(hours));
        await spool.AppendAsync(SpoolAppend.Of(Rows(2)), CancellationToken.None);
        _store.ComeBack();
        await SettledAsync(flusher, events: 4);
        JumpBy(TimeSpan.FromHours(-hours));
        await spool.AppendAsync(SpoolAppend.Of(Rows(2)), CancellationToken.None);
        var ledger = await SettledAsync(flusher, events: 6);

        ledger.Events.ShouldBe(new LedgerTerms(6, 6, 0, 0, 0, 0, 0, 0));
        var stored = await _memory.ReadEventsAfterAsync(spool.SpoolId, afterSequence: 0, limit: 10, CancellationToken.None);
        stored.Select(e => e.SequenceId).ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task Whoever_asks_for_a_sample_does_not_make_a_store_that_is_away_be_asked_sooner()
    {
        var spool = await _spools.OpenAsync();
        _store.GoAway();
        var flusher = Start(spool);
        await _store.Refused.WaitAsync();
        await flusher.FirstAttempt;

        for (var i = 0; i < 20; i++)
        {
            (await flusher.SampleAsync(CancellationToken.None)).StoreCurrent.ShouldBeFalse();
        }

        _store.Refused.CurrentCount.ShouldBe(0);
    }

    [Fact]
    public async Task Nobody_hangs_on_a_flusher_that_has_ended()
    {
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool);
        await flusher.FirstAttempt;
        await _host!.ShutdownAsync(new ShutdownReport(), CancellationToken.None);

        var sample = await flusher.SampleAsync(CancellationToken.None);

        sample.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_sample_of_the_ledger_balances_at_every_moment_of_a_stream()
    {
        var spool = await _spools.OpenAsync();
        var flusher = Start(spool);
        await flusher.FirstAttempt;
        using var stop = new CancellationTokenSource();
        var producing = ProduceAsync(spool, stop.Token);

        for (var i = 0; i < 50; i++)
        {
            (await flusher.SampleAsync(CancellationToken.None)).Error.ShouldBe(0);
            _time.Advance(Delay);
        }

        await stop.CancelAsync();
        await producing;
    }

    private static async Task ProduceAsync(SqliteSpool spool, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await spool.AppendAsync(SpoolAppend.Of(Rows(10)), CancellationToken.None);
        }
    }

    private static SpoolEntry Rows(int count) =>
        new(SpoolKind.Event, EventCodec.Version, count, Batches.Encode(Enumerable.Range(0, count).Select(_ => Batches.Event()).ToArray()));

    private static async Task AppendAsync(SqliteSpool spool, int batches)
    {
        for (var i = 0; i < batches; i++)
        {
            await spool.AppendAsync(SpoolAppend.Of(Rows(10)), CancellationToken.None);
        }
    }

    private void WrittenShouldBe(int batches) => SpinWait.SpinUntil(() => _store.Written.Count == batches, TimeSpan.FromSeconds(60)).ShouldBeTrue();

    /// <summary>The clock moves until the store has been asked in vain so many times.</summary>
    private async Task RefusedAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            while (!await _store.Refused.WaitAsync(TimeSpan.Zero))
            {
                _time.Advance(Delay);
                await Task.Yield();
            }
        }
    }

    private Flusher Start(SqliteSpool spool, int rowsMax = 5_000, ILogger<Flusher>? log = null, bool watchedElsewhere = false)
    {
        var options = new FlusherOptions { RowsMax = rowsMax, Backoff = new BackoffSchedule(Delay, 2, Delay, 0) };
        var reconciler = new StoreReconciler(spool, _store, _time, NullLogger<StoreReconciler>.Instance);
        var flusher = new Flusher(spool, _store, reconciler, _state, new FlusherContext(options, _time, () => 0.5) { WatchedElsewhere = () => watchedElsewhere }, log ?? NullLogger<Flusher>.Instance);
        _host = new LoopHost([flusher], _time, NullLogger<LoopHost>.Instance);
        _host.Start();
        _last = flusher;
        return flusher;
    }

    /// <summary>As for a machine whose clock is set: everything on it sees the jump, nothing monotonic does.</summary>
    private void JumpBy(TimeSpan by)
    {
        _time.Jump(by);
        _spools.Clock.Jump(by);
    }

    /// <summary>The ledger once everything has been settled; the clock moves so that pauses end.</summary>
    private async Task<LedgerSnapshot> SettledAsync(Flusher flusher, long events, TimeSpan? step = null)
    {
        while (true)
        {
            var ledger = await flusher.SampleAsync(CancellationToken.None);
            if (ledger.StoreCurrent && ledger.Events is { Spooled: 0 } terms && terms.Received == events)
            {
                return ledger;
            }

            _time.Advance(step ?? Delay);
        }
    }

    /// <summary>Ends the pause that the flusher is in: the second sample is answered within it.</summary>
    private async Task FirstWriteAsync(Flusher flusher)
    {
        while (_store.Written.Count == 0)
        {
            await flusher.SampleAsync(CancellationToken.None);
            await flusher.SampleAsync(CancellationToken.None);
            _time.Advance(Delay);
        }
    }
}
