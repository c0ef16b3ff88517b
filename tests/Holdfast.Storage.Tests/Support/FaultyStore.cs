using System.Collections.Concurrent;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Spool;

namespace Holdfast.Storage.Tests.Support;

/// <summary>A store that is away when the test says so; everything else is done by a real one.</summary>
internal sealed class FaultyStore(ITelemetryStore inner) : ITelemetryStore
{
    private readonly ConcurrentQueue<long> _written = new();
    private volatile string? _fault;
    private volatile bool _hangsWrites;
    private volatile bool _hangsReads;

    /// <summary>Completes each time the store was asked while it was away.</summary>
    public SemaphoreSlim Refused { get; } = new(0);

    /// <summary>Completes each time it was asked for rollups.</summary>
    public SemaphoreSlim RolledUp { get; } = new(0);

    /// <summary>Completes each time it has deleted what was past its keep time.</summary>
    public SemaphoreSlim Pruned { get; } = new(0);

    /// <summary>The store commits, and the answer is lost: what a broken connection looks like.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>A write of more rows than this takes too long.</summary>
    public int RowsMax { get; set; } = int.MaxValue;

    /// <summary>Called before validation counts are written.</summary>
    public Func<CancellationToken, Task> BeforeValidation { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called when validation counts are committed, before the caller is told.</summary>
    public Func<PendingValidation, Task> AfterValidation { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called before events are read in the order of their numbers.</summary>
    public Func<Task> BeforeReadAfter { get; set; } = () => Task.CompletedTask;

    /// <summary>Called before an entry of the audit is written.</summary>
    public Func<AuditEntry, Task> BeforeAudit { get; set; } = _ => Task.CompletedTask;

    /// <summary>The batches in the order in which they were written.</summary>
    public IReadOnlyCollection<long> Written => _written;

    public string Kind => inner.Kind;

    public IDeadLetterStore DeadLetters => inner.DeadLetters;

    /// <summary>A write, or a query of events, hangs until it is cancelled.</summary>
    public void HangWrites() => _hangsWrites = true;

    public void HangReads() => _hangsReads = true;

    public void GoAway(string code = "busy") => _fault = code;

    public void ComeBack() => _fault = null;

    public ValueTask<StoreIdentity> OpenAsync(CancellationToken cancellationToken) => Try(() => inner.OpenAsync(cancellationToken));

    public async ValueTask<StoreWriteResult> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        await HangIfAsync(_hangsWrites, cancellationToken);
        if (write.Batches.Sum(batch => batch.Count) > RowsMax)
        {
            throw new StoreUnavailableException("timeout", "So many rows take too long.", inner: null);
        }

        var result = await Try(() => inner.WriteAsync(write, cancellationToken));
        foreach (var batch in write.Batches)
        {
            _written.Enqueue(batch.BatchSeq);
        }

        if (LosesAnswer)
        {
            LosesAnswer = false;
            throw new StoreUnavailableException("connection", "The answer was lost.", null);
        }

        return result;
    }

    public async ValueTask<ValidationWriteResult> WriteValidationAsync(PendingValidation pending, DateTimeOffset flushedAt, CancellationToken cancellationToken)
    {
        await BeforeValidation(cancellationToken);
        var result = await Try(() => inner.WriteValidationAsync(pending, flushedAt, cancellationToken));
        await AfterValidation(pending);
        return result;
    }

    public ValueTask<ValidationHistory> ReadValidationAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        Try(() => inner.ReadValidationAsync(now, cancellationToken));

    public ValueTask<StoreHeld> ReadHeldAsync(Guid spoolId, CancellationToken cancellationToken) => Try(() => inner.ReadHeldAsync(spoolId, cancellationToken));

    public ValueTask RecordLossAsync(Guid spoolId, IReadOnlyList<LostRange> ranges, CancellationToken cancellationToken) =>
        inner.RecordLossAsync(spoolId, ranges, cancellationToken);

    public ValueTask<StoreTotals> ReadTotalsAsync(Guid spoolId, CancellationToken cancellationToken) => Try(() => inner.ReadTotalsAsync(spoolId, cancellationToken));

    public async ValueTask<EventPage> QueryEventsAsync(EventQuery query, CancellationToken cancellationToken)
    {
        await HangIfAsync(_hangsReads, cancellationToken);
        return await inner.QueryEventsAsync(query, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<StoredEvent>> ReadEventsAfterAsync(Guid epoch, long afterSequence, int limit, CancellationToken cancellationToken)
    {
        await BeforeReadAfter();
        return await inner.ReadEventsAfterAsync(epoch, afterSequence, limit, cancellationToken);
    }

    public ValueTask<EventCoverage> ReadCoverageAsync(Guid epoch, long afterSequence, long upTo, CancellationToken cancellationToken) =>
        inner.ReadCoverageAsync(epoch, afterSequence, upTo, cancellationToken);

    public ValueTask<IReadOnlyList<SeriesResult>> QuerySeriesAsync(SeriesQuery query, CancellationToken cancellationToken) =>
        inner.QuerySeriesAsync(query, cancellationToken);

    public async ValueTask RecordAuditAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        await BeforeAudit(entry);
        await Try(() => inner.RecordAuditAsync(entry, cancellationToken));
    }

    public ValueTask<AuditPage> ReadAuditAsync(AuditQuery query, CancellationToken cancellationToken) => inner.ReadAuditAsync(query, cancellationToken);

    public ValueTask<bool> RollUpAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        RolledUp.Release();
        return inner.RollUpAsync(now, cancellationToken);
    }

    public async ValueTask<PruneResult> PruneAsync(RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var result = await inner.PruneAsync(retention, now, cancellationToken);
        Pruned.Release();
        return result;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask HangIfAsync(bool hangs, CancellationToken cancellationToken)
    {
        if (hangs)
        {
            Refused.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    private ValueTask Try(Func<ValueTask> ask)
    {
        ThrowIfAway();
        return ask();
    }

    private ValueTask<T> Try<T>(Func<ValueTask<T>> ask)
    {
        ThrowIfAway();
        return ask();
    }

    private void ThrowIfAway()
    {
        if (_fault is { } code)
        {
            Refused.Release();
            throw new StoreUnavailableException(code, $"The store is {code}.", null);
        }
    }
}
