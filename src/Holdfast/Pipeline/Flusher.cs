using System.Threading.Channels;
using Holdfast.Lifecycle;
using Holdfast.Resilience;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>
/// Moves batches from the spool to the store: in order, or by <see cref="FlushOrder"/> after an outage, combined into one transaction with
/// their rows of the batch ledger, and forgotten by the spool only after that transaction has committed. One loop does all of it, so a sample of the ledger that it takes
/// between two writes is exact without any lock.
/// </summary>
internal sealed class Flusher(
    ISpool spool, ITelemetryStore store, StoreReconciler reconciler, StoreState state, FlusherContext context, ILogger<Flusher> logger)
    : ILoop, IShutdownParticipant
{
    // Asking an open circuit costs nothing, and a breaker that is switched off meanwhile does not announce it.
    private static readonly TimeSpan RefusalMax = TimeSpan.FromSeconds(5);

    private readonly FlusherOptions _options = context.Options;
    private readonly TimeProvider _time = context.Time;

    // Asked from outside, answered by the loop. Full means that enough callers wait already: the next one gets the last sample.
    private readonly Channel<TaskCompletionSource<LedgerSnapshot>> _requests = Channel.CreateBounded<TaskCompletionSource<LedgerSnapshot>>(64);
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drainAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CircuitWatch _circuit = new(context.Breaker);

    // Touched by the loop only.
    private readonly FlushOrder _order = new();
    private (string Code, string Message) _said;
    private StoreTotals _lastTotals = new(default, default);
    private StoreMemory _memory;
    private int _failures;
    private int _rowsMax = context.Options.RowsMax;
    private bool _betweenSides;

    // Written by the loop, read by anyone.
    private volatile LedgerSnapshot _ledger = LedgerSnapshot.Empty;
    private long _flushedRows;
    private long _deadLetteredRows;
    private long _flushes;

    public string Name => "flusher";

    public ShutdownPhase Phase => ShutdownPhase.Flush;

    public TimeSpan Share => TimeSpan.FromSeconds(10);

    /// <summary>The last sample of the ledger.</summary>
    public LedgerSnapshot Ledger => _ledger;

    /// <summary>Rows stored since the process started.</summary>
    public long FlushedRows => Interlocked.Read(ref _flushedRows);

    /// <summary>Rows dead-lettered since the process started.</summary>
    public long DeadLetteredRows => Interlocked.Read(ref _deadLetteredRows);

    /// <summary>Transactions committed since the process started.</summary>
    public long Flushes => Interlocked.Read(ref _flushes);

    /// <summary>Completes after the first attempt to reach the store, whatever came of it.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                // Noted before reading: a batch that comes after the read ends the pause below.
                var seen = spool.Snapshot().LastBatchSeq;
                var moved = _circuit.NextMove;
                var pause = await StepAsync(cancellationToken);
                _firstAttempt.TrySetResult();
                await AnswerRequestsAsync(cancellationToken);
                await PauseAsync(pause, new Wakers(seen, moved), cancellationToken);
            }
        }
        finally
        {
            LetRequestsGo(ended: cancellationToken.IsCancellationRequested);
        }
    }

    /// <summary>Takes a sample of the ledger between two writes.</summary>
    public async Task<LedgerSnapshot> SampleAsync(CancellationToken cancellationToken)
    {
        var request = new TaskCompletionSource<LedgerSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _requests.Writer.TryWrite(request) ? await request.Task.WaitAsync(cancellationToken) : _ledger;
    }

    /// <summary>Asks the loop to send until the spool is empty or the store refuses. What is left stays in the spool.</summary>
    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        var (flushed, dead) = (FlushedRows, DeadLetteredRows);
        _drainAsked.TrySetResult();
        try
        {
            await _drained.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            report.Add(flushed: FlushedRows - flushed, deadLettered: DeadLetteredRows - dead);
        }
    }

    /// <summary>One round: connect if needed, send one transaction. Returns how to wait before the next.</summary>
    private async Task<Pause> StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (state.Now.Identity is null)
            {
                await ConnectAsync(cancellationToken);
            }

            var rows = await FlushOnceAsync(cancellationToken);
            if (rows == 0 && InDoubt)
            {
                // Nothing waits, so nothing has shown yet that the store answers again.
                await store.ReadTotalsAsync(spool.SpoolId, cancellationToken);
            }

            NoteSuccess();
            return AfterSuccess(rows);
        }
        catch (StoreUnavailableException refused) when (refused.RetryAfter is not null)
        {
            return AfterRefusal(refused, refused.RetryAfter.Value);
        }
        catch (StoreUnavailableException unavailable)
        {
            if (unavailable.Code == "timeout")
            {
                // What takes too long now takes as long the next time: less of it may not.
                _rowsMax = Math.Max(1, _rowsMax / 2);
            }

            var pause = AfterFailure(unavailable.Code, unavailable.Message);
            state.Failed(unavailable, _time.GetUtcNow() + pause.Delay);
            return pause;
        }
        catch (SpoolUnavailableException unavailable)
        {
            // The spool shows its own fault. What was stored and could not be forgotten here is recognised the next time.
            return AfterFailure("spool", unavailable.Message);
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        (var identity, _memory) = await reconciler.ConnectAsync(cancellationToken);
        state.Opened(identity);
    }

    /// <summary>One transaction: read, write, forget. Returns the rows it settled; 0 when nothing waits.</summary>
    private async Task<long> FlushOnceAsync(CancellationToken cancellationToken)
    {
        var batches = await ReadNextAsync(cancellationToken);
        if (batches.Count == 0)
        {
            return 0;
        }

        // Not cancelled half-way: the outcome would be unknown, and the batch ledger would have to sort it out at the next start. While what
        // was written is not forgotten here, it stands on both sides of the ledger: no sample is taken as true until it is.
        _betweenSides = true;
        var result = await WriteMeasuredAsync(new StoreWrite(spool.SpoolId, batches)
        {
            ForgetParkedAsync = spool.Snapshot().ParkedRows > 0 ? spool.ForgetParkedAsync : null,
        });
        Interlocked.Increment(ref _flushes);
        if (result.EventsStored > 0)
        {
            context.EventsStored();
        }

        await spool.RemoveAsync(batches.Select(b => b.BatchSeq).ToArray(), CancellationToken.None);
        _betweenSides = false;
        _rowsMax = Math.Min(_options.RowsMax, 2 * _rowsMax);
        Interlocked.Add(ref _flushedRows, result.EventsStored + result.SamplesStored);
        if (result.DeadLettered > 0)
        {
            Interlocked.Add(ref _deadLetteredRows, result.DeadLettered);
            context.DeadLettered(result.DeadLettered);
            logger.RowsRefused(result.DeadLettered, batches[0].BatchSeq, batches[^1].BatchSeq);
        }

        TellParked(result, batches[0].BatchSeq, batches[^1].BatchSeq);
        return batches.Sum(b => (long)b.Count);
    }

    private void TellParked(StoreWriteResult result, long first, long last)
    {
        if (result.Suspicion is { } reason)
        {
            if (state.Suspicion is null)
            {
                logger.SchemaSuspected(reason, result.Parked, first, last);
            }
            else
            {
                logger.SchemaSuspectedAgain(result.Parked, first, last);
            }

            state.Suspected(reason);
        }
        else if (result.Parked > 0)
        {
            logger.RowsParked(result.Parked, first, last);
        }
    }

    private async ValueTask<IReadOnlyList<SpooledBatch>> ReadNextAsync(CancellationToken cancellationToken)
    {
        var read = new SpoolRead { Kinds = [SpoolKind.Event, SpoolKind.Sample], RowsMax = _rowsMax, BytesMax = _options.BytesMax };
        if (_order.NextFrom(spool.Snapshot().OldestReceivedAt, _time.GetUtcNow()) is { } from
            && await spool.ReadAsync(read with { ReceivedFrom = from }, cancellationToken) is { Count: > 0 } newest)
        {
            return newest;
        }

        return await spool.ReadAsync(read, cancellationToken);
    }

    /// <summary>
    /// Writes; rows that the store refuses become dead letters or, when those are switched off, are parked for as long as there is room. What a
    /// changed schema refuses by the hundred is parked in either case: it waits for the schema, and what has nothing to do with it goes on.
    /// </summary>
    private async ValueTask<StoreWriteResult> WriteAsync(StoreWrite write)
    {
        var deadLetters = context.DeadLetters();
        try
        {
            return await store.WriteAsync(
                deadLetters ? write with { ParkSuspectsAsync = spool.ParkAsync } : write with { ParkAsync = spool.ParkAsync }, CancellationToken.None);
        }
        catch (SpoolFullException full)
        {
            // What is parked waits for a person. It may not stop everybody's data until that person comes, unless the schema refuses nearly
            // everything: those rows are no dead letters, and the store says so once there is nowhere to park them.
            if (!deadLetters)
            {
                logger.ParkingFull(full.Message);
            }

            return await store.WriteAsync(write, CancellationToken.None);
        }
    }

    /// <summary>Whether the store is thought to be away without anything having shown that it is back.</summary>
    private bool InDoubt => _failures > 0 || !state.Now.Available || !_circuit.IsClosed;

    private async Task<StoreWriteResult> WriteMeasuredAsync(StoreWrite write)
    {
        var startedAt = _time.GetTimestamp();
        try
        {
            var result = await WriteAsync(write);
            context.Metrics?.Succeeded(result, _time.GetElapsedTime(startedAt));
            return result;
        }
        catch
        {
            context.Metrics?.FailedAfter(_time.GetElapsedTime(startedAt));
            throw;
        }
    }

    private void NoteSuccess()
    {
        if (state.Now.Available && _failures == 0)
        {
            return;
        }

        logger.StoreRecovered(_failures);
        _failures = 0;
        _said = default;
        state.Recovered();
    }

    private Pause AfterSuccess(long rows)
    {
        var waiting = spool.Snapshot();
        if (rows == 0 && _drainAsked.Task.IsCompleted)
        {
            _drained.TrySetResult();
        }

        // A lone batch goes at once; what follows it within the linger travels together; a backlog does not wait at all.
        // A circuit that is half-open wants more than one success.
        return rows == 0 ? new Pause(InDoubt ? _options.Linger : Timeout.InfiniteTimeSpan, WakesOnAppend: true)
            : waiting.Rows >= _options.RowsMax / 5 || waiting.LiveBytes >= _options.BytesMax / 2 ? new Pause(TimeSpan.Zero, WakesOnAppend: false)
            : new Pause(context.WatchedElsewhere() ? _options.LingerWatched : _options.Linger, WakesOnAppend: false);
    }

    /// <summary>The circuit is open: nothing was attempted, so there is nothing to count and, after the breaker's own word, nothing to log.</summary>
    private Pause AfterRefusal(StoreUnavailableException refused, TimeSpan retryAfter)
    {
        EndDrain(refused.Code, refused.Message);
        state.Refused(refused, _time.GetUtcNow() + retryAfter);
        return new Pause(retryAfter < RefusalMax ? retryAfter : RefusalMax, WakesOnAppend: false);
    }

    private void EndDrain(string code, string message)
    {
        if (_drainAsked.Task.IsCompleted && _drained.TrySetResult())
        {
            logger.DrainStopped(code, message);
        }
    }

    private Pause AfterFailure(string code, string message)
    {
        EndDrain(code, message);
        var delay = _options.Backoff.Next(_failures++, context.Random);
        Tell(code, message, delay);
        return new Pause(delay, WakesOnAppend: false);
    }

    /// <summary>Each trouble once, however long it lasts: a log that repeats itself is not read.</summary>
    private void Tell(string code, string message, TimeSpan delay)
    {
        if (_said == (code, message))
        {
            logger.FlushFailedAgain(code, _failures, delay.TotalSeconds);
            return;
        }

        _said = (code, message);
        logger.FlushFailed(code, message, _failures, delay.TotalSeconds);
    }

    private async Task AnswerRequestsAsync(CancellationToken cancellationToken)
    {
        if (!_requests.Reader.TryPeek(out _))
        {
            return;
        }

        _ledger = await TakeSampleAsync(cancellationToken);
        while (_requests.Reader.TryRead(out var request))
        {
            request.TrySetResult(_ledger);
        }
    }

    /// <summary>Whoever waits gets the last sample: nobody may hang on a loop that has ended or is about to start again.</summary>
    private void LetRequestsGo(bool ended)
    {
        if (ended)
        {
            _requests.Writer.TryComplete();
        }

        while (_requests.Reader.TryRead(out var request))
        {
            request.TrySetResult(_ledger with { StoreCurrent = false });
        }
    }

    private async Task<LedgerSnapshot> TakeSampleAsync(CancellationToken cancellationToken)
    {
        var ledger = await ReadLedgerAsync(cancellationToken);
        if (!ledger.StoreCurrent || ledger.Error == 0)
        {
            return ledger;
        }

        // What the terms do not explain was in the store, and is not if an older copy was put in its place while nobody looked.
        try
        {
            await ConnectAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or SpoolUnavailableException)
        {
            NoteTotalsUnavailable(fault);
            return ledger;
        }

        return await ReadLedgerAsync(cancellationToken);
    }

    private async Task<LedgerSnapshot> ReadLedgerAsync(CancellationToken cancellationToken)
    {
        var current = state.Now.Available && !_betweenSides;
        try
        {
            if (current)
            {
                await reconciler.ReportLossesAsync(cancellationToken);
                _lastTotals = await store.ReadTotalsAsync(spool.SpoolId, cancellationToken);
            }
        }
        catch (Exception fault) when (fault is StoreUnavailableException or SpoolUnavailableException)
        {
            NoteTotalsUnavailable(fault);
            current = false;
        }

        try
        {
            var totals = await spool.ReadTotalsAsync(cancellationToken);
            return LedgerSnapshot.Combine(totals, _lastTotals, _memory, _time.GetUtcNow(), current);
        }
        catch (SpoolUnavailableException unavailable)
        {
            logger.TotalsUnavailable("spool", unavailable.Message);
            return _ledger with { StoreCurrent = false };
        }
    }

    private void NoteTotalsUnavailable(Exception fault)
    {
        // What an open circuit refuses is no news.
        if (fault is not StoreUnavailableException { RetryAfter: not null })
        {
            logger.TotalsUnavailable((fault as StoreUnavailableException)?.Code ?? "spool", fault.Message);
        }
    }

    /// <summary>Waits for a reason to go on: an append, a move of the circuit, the end of the pause, or a drain. Samples that are asked for meanwhile are taken, and the pause goes on.</summary>
    private async Task PauseAsync(Pause pause, Wakers wakers, CancellationToken cancellationToken)
    {
        if (pause.Delay == TimeSpan.Zero)
        {
            return;
        }

        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var over = Task.WhenAny(ReasonsToGoOn(pause, wakers, wake.Token));
        while (!over.IsCompleted && !cancellationToken.IsCancellationRequested && !DrainIsDue)
        {
            await Task.WhenAny(over, _requests.Reader.WaitToReadAsync(wake.Token).AsTask());
            await AnswerRequestsAsync(cancellationToken);
        }

        await wake.CancelAsync();
    }

    private bool DrainIsDue => _drainAsked.Task.IsCompleted && !_drained.Task.IsCompleted;

    private List<Task> ReasonsToGoOn(Pause pause, Wakers wakers, CancellationToken wake)
    {
        var reasons = new List<Task>(4) { Task.Delay(pause.Delay, _time, wake), wakers.CircuitMoved };
        if (pause.WakesOnAppend)
        {
            reasons.Add(spool.WaitForAppendAsync(wakers.LastBatchSeq, wake).AsTask());
        }

        if (!_drained.Task.IsCompleted)
        {
            reasons.Add(_drainAsked.Task.WaitAsync(wake));
        }

        return reasons;
    }

    /// <summary>How the loop waits.</summary>
    private readonly record struct Pause(TimeSpan Delay, bool WakesOnAppend);

    /// <summary>What ends a pause early, as it was before the round that the pause follows.</summary>
    private readonly record struct Wakers(long LastBatchSeq, Task CircuitMoved);
}

/// <summary>What the flusher is given beside its partners: settings, time and chance.</summary>
internal sealed record FlusherContext(FlusherOptions Options, TimeProvider Time, Func<double> Random)
{
    /// <summary>The breaker before the store. Null: none stands there.</summary>
    public CircuitBreakerHandle? Breaker { get; init; }

    /// <summary>Whether rows that the store refuses become dead letters; otherwise they are parked. Asked for with each write.</summary>
    public Func<bool> DeadLetters { get; init; } = () => true;

    /// <summary>Called when events were committed; must not block. Default: nothing happens.</summary>
    public Action EventsStored { get; init; } = () => { };

    /// <summary>Whether somebody at another node waits for what is stored here. Asked for with each write.</summary>
    public Func<bool> WatchedElsewhere { get; init; } = () => false;

    /// <summary>Called with how many rows became dead letters; must not block. Default: nothing happens.</summary>
    public Action<long> DeadLettered { get; init; } = _ => { };

    /// <summary>Told of every transaction. Default: nobody is.</summary>
    public FlushMetrics? Metrics { get; init; }
}
