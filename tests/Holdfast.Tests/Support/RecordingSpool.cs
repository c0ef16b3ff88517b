using Holdfast.Spool;

namespace Holdfast.Tests.Support;

/// <summary>
/// A spool in memory that numbers what it is given and keeps it for the test to look at. Batches can be read, removed and parked; it has no
/// room for anything else. Thread-safe.
/// </summary>
internal sealed class RecordingSpool : ISpool
{
    private readonly Lock _gate = new();
    private readonly List<SpoolAppend> _appends = [];
    private readonly List<SpooledBatch> _waiting = [];
    private readonly List<ParkedRow> _parked = [];
    private long _batchSeq;
    private long _sequence;

    public IReadOnlyList<SpoolAppend> Appends => _appends;

    public IReadOnlyList<SpoolEntry> Entries => [.. _appends.SelectMany(append => append.Entries)];

    /// <summary>When set, the next appends fail with it and take nothing.</summary>
    public Exception? Fault { get; set; }

    /// <summary>When set, the next removal fails with it: the process has crashed just before, as it were.</summary>
    public Exception? RemoveFault { get; set; }

    /// <summary>The instant at which everything comes.</summary>
    public DateTimeOffset ReceivedAt { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<ParkedRow> Parked
    {
        get
        {
            lock (_gate)
            {
                return [.. _parked];
            }
        }
    }

    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Sum(batch => batch.Count);
            }
        }
    }

    public Guid SpoolId { get; } = Guid.Parse("0198c0de-0000-7000-8000-000000000001");

    public SpoolDurability Durability => SpoolDurability.Memory;

    public ValueTask<SpoolReceipt> AppendAsync(SpoolAppend append, CancellationToken cancellationToken)
    {
        if (Fault is { } fault)
        {
            return ValueTask.FromException<SpoolReceipt>(fault);
        }

        lock (_gate)
        {
            _appends.Add(append);
            return ValueTask.FromResult(new SpoolReceipt(append.Entries.Select(Wait).ToList(), ReceivedAt));
        }
    }

    public ValueTask<IReadOnlyList<SpooledBatch>> ReadAsync(SpoolRead read, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<SpooledBatch>>([.. _waiting.Where(batch => read.Kinds.Contains(batch.Kind))]);
        }
    }

    public ValueTask RemoveAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken)
    {
        if (RemoveFault is { } fault)
        {
            RemoveFault = null;
            return ValueTask.FromException(fault);
        }

        lock (_gate)
        {
            _waiting.RemoveAll(batch => batchSeqs.Contains(batch.BatchSeq));
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask WaitForAppendAsync(long afterBatchSeq, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ParkAsync(IReadOnlyList<ParkedRow> rows, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _parked.AddRange(rows);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask ForgetParkedAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<int> UnparkAsync(int rowsMax, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var rows = _parked.Take(rowsMax).ToList();
            _parked.RemoveAll(rows.Contains);
            rows.ForEach(row => Wait(new SpoolEntry(row.Kind, ParkedRow.FormatVersion, 1, row.Payload)));
            return ValueTask.FromResult(rows.Count);
        }
    }

    public ValueTask<PendingValidation> TakeValidationAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ConfirmValidationAsync(Guid batchId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<LostRange>> ReadLossesAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ConfirmLossAsync(IReadOnlyCollection<long> firstBatchSeqs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StoreMemory> RememberStoreAsync(Guid storeId, RowCounts accounted, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask RaiseNumberingAsync(long batchSeq, long sequence, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<SpoolTotals> ReadTotalsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public SpoolSnapshot Snapshot() => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SpoolPosition Wait(SpoolEntry entry)
    {
        var first = entry.Kind == SpoolKind.Event ? _sequence + 1 : 0;
        _sequence += entry.Kind == SpoolKind.Event ? entry.Count : 0;
        _waiting.Add(new SpooledBatch(++_batchSeq, entry.Kind, entry.FormatVersion, entry.Count, first, ReceivedAt, entry.Payload));
        return new SpoolPosition(_batchSeq, first);
    }
}
