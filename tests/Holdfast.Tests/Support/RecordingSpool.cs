using Holdfast.Spool;

namespace Holdfast.Tests.Support;

/// <summary>A spool in memory that numbers what it is given and keeps it for the test to look at. Only appending is of use.</summary>
internal sealed class RecordingSpool : ISpool
{
    private readonly List<SpoolAppend> _appends = [];
    private long _batchSeq;
    private long _sequence;

    public IReadOnlyList<SpoolAppend> Appends => _appends;

    public IReadOnlyList<SpoolEntry> Entries => [.. _appends.SelectMany(append => append.Entries)];

    /// <summary>When set, the next appends fail with it and take nothing.</summary>
    public Exception? Fault { get; set; }

    public Guid SpoolId { get; } = Guid.Parse("0198c0de-0000-7000-8000-000000000001");

    public SpoolDurability Durability => SpoolDurability.Memory;

    public ValueTask<SpoolReceipt> AppendAsync(SpoolAppend append, CancellationToken cancellationToken)
    {
        if (Fault is { } fault)
        {
            return ValueTask.FromException<SpoolReceipt>(fault);
        }

        _appends.Add(append);
        var positions = append.Entries.Select(Number).ToList();
        return ValueTask.FromResult(new SpoolReceipt(positions, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    public ValueTask<IReadOnlyList<SpooledBatch>> ReadAsync(SpoolRead read, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask RemoveAsync(IReadOnlyCollection<long> batchSeqs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask WaitForAppendAsync(long afterBatchSeq, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ParkAsync(IReadOnlyList<ParkedRow> rows, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<int> UnparkAsync(int rowsMax, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<PendingValidation> TakeValidationAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ConfirmValidationAsync(Guid batchId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<LostRange>> ReadLossesAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ConfirmLossAsync(IReadOnlyCollection<long> firstBatchSeqs, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StoreMemory> RememberStoreAsync(Guid storeId, RowCounts accounted, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask RaiseNumberingAsync(long batchSeq, long sequence, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<SpoolTotals> ReadTotalsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public SpoolSnapshot Snapshot() => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private SpoolPosition Number(SpoolEntry entry)
    {
        var first = entry.Kind == SpoolKind.Event ? _sequence + 1 : 0;
        _sequence += entry.Kind == SpoolKind.Event ? entry.Count : 0;
        return new SpoolPosition(++_batchSeq, first);
    }
}
