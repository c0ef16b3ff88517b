using System.Threading.Channels;
using Holdfast.Lifecycle;
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
    private readonly FlusherOptions _options = context.Options;
    private readonly TimeProvider _time = context.Time;

    // Asked from outside, answered by the loop. Full means that enough callers wait already: the next one gets the last sample.
    private readonly Channel<TaskCompletionSource<LedgerSnapshot>> _requests = Channel.CreateBounded<TaskCompletionSource<LedgerSnapshot>>(64);
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drainAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Touched by the loop only.
    private readonly FlushOrder _order = new();
    private (string Code, string Message) _said;
    private StoreTotals _lastTotals = new(default, default);
    private StoreMemory _memory;
    private int _failures;
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
                var pause = await StepAsync(cancellationToken);
                _firstAttempt.TrySetResult();
                await AnswerRequestsAsync(cancellationToken);
                await PauseAsync(pause, seen, cancellationToken);
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
                (var identity, _memory) = await reconciler.ConnectAsync(cancellationToken);
                state.Opened(identity);
            }

            var rows = await FlushOnceAsync(cancellationToken);
            NoteSuccess();
            return AfterSuccess(rows);
        }
        catch (StoreUnavailableException unavailable)
        {
            var pause = AfterFailure(unavailable.Code, unavailable.Message);
            state.Failed(unavailable.Code, unavailable.Message, _time.GetUtcNow() + pause.Delay);
            return pause;
        }
        catch (SpoolUnavailableException unavailable)
        {
            // The spool shows its own fault. What was stored and could not be forgotten here is recognised the next time.
            return AfterFailure("spool", unavailable.Message);
        }
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
        var result = await store.WriteAsync(new StoreWrite(spool.SpoolId, batches), CancellationToken.None);
        await spool.RemoveAsync(batches.Select(b => b.BatchSeq).ToArray(), CancellationToken.None);
        _betweenSides = false;
        Interlocked.Increment(ref _flushes);
        Interlocked.Add(ref _flushedRows, result.EventsStored + result.SamplesStored);
        if (result.DeadLettered > 0)
        {
            Interlocked.Add(ref _deadLetteredRows, result.DeadLettered);
            logger.RowsRefused(result.DeadLettered, batches[0].BatchSeq, batches[^1].BatchSeq);
        }

        return batches.Sum(b => (long)b.Count);
    }

    private async ValueTask<IReadOnlyList<SpooledBatch>> ReadNextAsync(CancellationToken cancellationToken)
    {
        var read = new SpoolRead { Kinds = [SpoolKind.Event, SpoolKind.Sample], RowsMax = _options.RowsMax, BytesMax = _options.BytesMax };
        if (_order.NextFrom(spool.Snapshot().OldestReceivedAt, _time.GetUtcNow()) is { } from
            && await spool.ReadAsync(read with { ReceivedFrom = from }, cancellationToken) is { Count: > 0 } newest)
        {
            return newest;
        }

        return await spool.ReadAsync(read, cancellationToken);
    }

    private void NoteSuccess()
    {
        if (_failures == 0)
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
        return rows == 0 ? new Pause(Timeout.InfiniteTimeSpan, WakesOnAppend: true)
            : waiting.Rows >= _options.RowsMax / 5 || waiting.LiveBytes >= _options.BytesMax / 2 ? new Pause(TimeSpan.Zero, WakesOnAppend: false)
            : new Pause(_options.Linger, WakesOnAppend: false);
    }

    private Pause AfterFailure(string code, string message)
    {
        if (_drainAsked.Task.IsCompleted)
        {
            logger.DrainStopped(code, message);
            _drained.TrySetResult();
        }

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
            logger.TotalsUnavailable((fault as StoreUnavailableException)?.Code ?? "spool", fault.Message);
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

    /// <summary>Waits for a reason to go on: an append, the end of the pause, or a drain. Samples that are asked for meanwhile are taken, and the pause goes on.</summary>
    private async Task PauseAsync(Pause pause, long seen, CancellationToken cancellationToken)
    {
        if (pause.Delay == TimeSpan.Zero)
        {
            return;
        }

        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var over = Task.WhenAny(ReasonsToGoOn(pause, seen, wake.Token));
        while (!over.IsCompleted && !cancellationToken.IsCancellationRequested && !DrainIsDue)
        {
            await Task.WhenAny(over, _requests.Reader.WaitToReadAsync(wake.Token).AsTask());
            await AnswerRequestsAsync(cancellationToken);
        }

        await wake.CancelAsync();
    }

    private bool DrainIsDue => _drainAsked.Task.IsCompleted && !_drained.Task.IsCompleted;

    private List<Task> ReasonsToGoOn(Pause pause, long seen, CancellationToken wake)
    {
        var reasons = new List<Task>(3) { Task.Delay(pause.Delay, _time, wake) };
        if (pause.WakesOnAppend)
        {
            reasons.Add(spool.WaitForAppendAsync(seen, wake).AsTask());
        }

        if (!_drained.Task.IsCompleted)
        {
            reasons.Add(_drainAsked.Task.WaitAsync(wake));
        }

        return reasons;
    }

    /// <summary>How the loop waits.</summary>
    private readonly record struct Pause(TimeSpan Delay, bool WakesOnAppend);
}

/// <summary>What the flusher is given beside its partners: settings, time and chance.</summary>
internal sealed record FlusherContext(FlusherOptions Options, TimeProvider Time, Func<double> Random);
