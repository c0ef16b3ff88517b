using Holdfast.Lifecycle;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;

namespace Holdfast.Pipeline;

/// <summary>
/// Moves the counts of validation from the spool to the store: takes them under an id that stays the same until they are confirmed,
/// writes them under that id, and only then has the spool forget them. A crash between any two of these steps is made good by the next
/// flush, which meets the same id. By the clock, on demand, and when the process leaves.
/// </summary>
internal sealed class MetricsPersister : ILoop, IShutdownParticipant, IDisposable
{
    private readonly ISpool _spool;
    private readonly ITelemetryStore _store;
    private readonly StoreState _state;
    private readonly PersisterContext _context;
    private readonly ILogger<MetricsPersister> _logger;
    private readonly SharedRuns<ValidationFlush> _flushes;
    private readonly CancellationTokenSource _leaving = new();

    // Completed and replaced when the options change.
    private TaskCompletionSource _changed = NewSignal();

    // Written by the one flush under way, read by anyone.
    private volatile PersisterTotals _totals = new(0, 0, 0, null);

    public MetricsPersister(ISpool spool, ITelemetryStore store, StoreState state, PersisterContext context, ILogger<MetricsPersister> logger)
    {
        (_spool, _store, _state, _context, _logger) = (spool, store, state, context, logger);
        _flushes = new SharedRuns<ValidationFlush>(FlushOnceAsync);
    }

    public string Name => "metrics persister";

    public ShutdownPhase Phase => ShutdownPhase.Flush;

    public TimeSpan Share => TimeSpan.FromSeconds(8);

    /// <summary>What was done since the process started.</summary>
    public PersisterTotals Totals => _totals;

    /// <summary>Moves everything that was counted before the call. Callers at the same time share a flush.</summary>
    public Task<ValidationFlush> FlushAsync(CancellationToken cancellationToken) => _flushes.RunAsync(cancellationToken);

    /// <summary>The options are other ones now: how long the loop waits is worked out anew.</summary>
    public void OnOptionsChanged() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await WaitUntilDueAsync(_context.Time.GetTimestamp(), cancellationToken);
            await FlushAsync(cancellationToken);
        }
    }

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        await using var share = cancellationToken.Register(_leaving.Cancel);
        await FlushAsync(cancellationToken);
    }

    public void Dispose() => _leaving.Dispose();

    /// <summary>Returns when the interval, as it is by then, has passed since.</summary>
    private async Task WaitUntilDueAsync(long since, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Before the options are read: a change after that ends the wait.
            var changed = Volatile.Read(ref _changed).Task;
            var options = _context.Options();
            var rest = options.FlushInterval - _context.Time.GetElapsedTime(since);
            if (options.Enabled && rest <= TimeSpan.Zero)
            {
                return;
            }

            await changed.WaitAsync(options.Enabled ? rest : Timeout.InfiniteTimeSpan, _context.Time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<ValidationFlush> FlushOnceAsync()
    {
        var options = _context.Options();
        if (!options.Enabled)
        {
            return new ValidationFlush { Fault = ValidationFlushFault.Off };
        }

        var startedAt = _context.Time.GetTimestamp();
        var flush = await MoveAsync(options);
        flush = flush with { Duration = _context.Time.GetElapsedTime(startedAt) };
        Note(flush);
        return flush;
    }

    /// <summary>Take, write, forget; once more when an earlier flush had left something behind.</summary>
    private async Task<ValidationFlush> MoveAsync(MetricsPersisterOptions options)
    {
        var flush = new ValidationFlush();
        var pending = new PendingValidation(Guid.Empty, []);
        try
        {
            do
            {
                pending = await _spool.TakeValidationAsync(CancellationToken.None);
                if (pending.Counts.Count == 0)
                {
                    return flush;
                }

                if (_state.Now is { Identity: null } closed)
                {
                    return Failed(ValidationFlushFault.NotOpen(closed));
                }

                var approach = await WriteAsync(pending, options);
                await _spool.ConfirmValidationAsync(pending.BatchId, CancellationToken.None);
                _context.Written(pending.BatchId, [.. pending.Counts.Select(count => ValidationRow.Of(count, _context.Time.GetUtcNow()))]);
                flush = flush with { Rows = flush.Rows + pending.Counts.Count, Approach = approach };
            }
            while (pending.Behind > 0);
            return flush;
        }
        catch (StoreUnavailableException unavailable)
        {
            return Failed(ValidationFlushFault.Of(unavailable));
        }
        catch (SpoolUnavailableException unavailable)
        {
            return Failed(ValidationFlushFault.Of(unavailable));
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            return Failed(ValidationFlushFault.Leaving);
        }

        ValidationFlush Failed(ValidationFlushFault fault) => flush with { Spooled = pending.Counts.Count + pending.Behind, Fault = fault };
    }

    /// <summary>Writes the counts in parts under their one id; returns the approach of the last part.</summary>
    private async Task<string> WriteAsync(PendingValidation pending, MetricsPersisterOptions options)
    {
        var approach = "";
        foreach (var part in pending.Counts.Chunk(options.RowsPerWrite))
        {
            // How long it may take is the pipeline's business, whose breaker has to see what hangs: a token of ours would look like our own wish.
            var written = await _store.WriteValidationAsync(pending with { Counts = part }, _context.Time.GetUtcNow(), _leaving.Token);
            approach = written.Approach;
        }

        return approach;
    }

    private void Note(ValidationFlush flush)
    {
        var before = _totals;
        _totals = before with { Flushes = before.Flushes + 1, Rows = before.Rows + flush.Rows, Last = flush };
        if (flush.Fault is { } fault)
        {
            _totals = _totals with { Failures = before.Failures + 1 };
            _logger.ValidationNotFlushed(fault.Code, fault.Details, flush.Spooled);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>What the persister is given beside its partners.</summary>
/// <param name="Options">Asked at each flush.</param>
/// <param name="Time">The clock.</param>
internal sealed record PersisterContext(Func<MetricsPersisterOptions> Options, TimeProvider Time)
{
    /// <summary>Called with what the store holds now; must not block. Default: nothing happens.</summary>
    public Action<Guid, IReadOnlyList<ValidationRow>> Written { get; init; } = (_, _) => { };
}

/// <summary>What a persister has done.</summary>
/// <param name="Flushes">Flushes tried.</param>
/// <param name="Failures">Those that left something in the spool.</param>
/// <param name="Rows">Rows that the store holds.</param>
/// <param name="Last">The last one, null before the first.</param>
internal sealed record PersisterTotals(long Flushes, long Failures, long Rows, ValidationFlush? Last);
