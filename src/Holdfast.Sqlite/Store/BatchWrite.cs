using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>One call of <see cref="ITelemetryStore.WriteAsync"/>, inside its transaction: rows, refused rows, ledger, totals.</summary>
internal sealed class BatchWrite
{
    private readonly SqliteDatabase _database;
    private readonly StoreWrite _write;
    private readonly SpoolAccount _account;
    private readonly StoreTotals _before;
    private readonly EventWriter _events;
    private readonly SampleWriter _samples;
    private readonly List<RefusedRow> _refused = [];
    private readonly List<long> _fresh = [];
    private int _alreadyStored;
    private int _parked;

    public BatchWrite(SqliteDatabase database, StoreWrite write, SeriesCatalog catalog)
    {
        _database = database;
        _write = write;
        _account = SpoolAccount.FindOrAdd(database, write.SpoolId);
        _before = new StoreTotals(_account.Events.ToCounts(), _account.Samples.ToCounts());
        _events = new EventWriter(database, _account, _refused);
        _samples = new SampleWriter(database, _account, catalog, _refused);
    }

    /// <summary>The rows that were not stored.</summary>
    public IReadOnlyList<RefusedRow> Refused => _refused;

    public async ValueTask<StoreWriteResult> RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var batch in _write.Batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteBatch(batch);
        }

        if (_write.ForgetParkedAsync is { } forgetParkedAsync && _fresh.Count > 0)
        {
            await forgetParkedAsync(_fresh, cancellationToken);
        }

        await ParkOrDeadLetterAsync(now, cancellationToken);
        _account.Save(_database);
        return Result();
    }

    private void WriteBatch(SpooledBatch batch)
    {
        if (BatchLedger.Holds(_database, _account, batch.BatchSeq))
        {
            _alreadyStored++;
            return;
        }

        _fresh.Add(batch.BatchSeq);
        var (kind, lastSequence) = WriteRows(batch);
        BatchLedger.Enter(_database, _account, new LedgerEntry(batch.BatchSeq, batch.BatchSeq, "stored", kind, batch.Count, lastSequence));
    }

    private (string Kind, long LastSequence) WriteRows(SpooledBatch batch)
    {
        switch (batch.Kind)
        {
            case SpoolKind.Event:
                _events.Write(batch);
                return ("event", batch.FirstSequence + batch.Count - 1);
            case SpoolKind.Sample:
                _samples.Write(batch);
                return ("sample", 0);
            default:
                throw new ArgumentException($"Batches of kind {batch.Kind} do not belong into the telemetry store.", nameof(batch));
        }
    }

    private async ValueTask ParkOrDeadLetterAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_write.ParkAsync is { } parkAsync && _refused.Where(row => row.CanPark).ToList() is { Count: > 0 } parked)
        {
            // Durable there before the ledger says here that the batch is done with.
            await parkAsync([.. parked.Select(row => ToParked(row, now))], cancellationToken);
            _parked = parked.Count;
        }

        foreach (var row in _refused.Where(row => _write.ParkAsync is null || !row.CanPark))
        {
            DeadLetterWriter.Write(_database, _account, row, now);
        }
    }

    private static ParkedRow ToParked(RefusedRow row, DateTimeOffset now) =>
        new(row.Batch.BatchSeq, row.Row, row.Batch.Kind, row.Payload, row.Refusal.Reason, now);

    private StoreWriteResult Result() => new()
    {
        Approach = "direct",
        EventsStored = _account.Events.Stored - _before.Events.Stored,
        SamplesStored = _account.Samples.Stored - _before.Samples.Stored,
        Duplicates = _account.Events.Duplicates - _before.Events.Duplicates,
        DeadLettered = _account.Events.DeadLettered - _before.Events.DeadLettered + _account.Samples.DeadLettered - _before.Samples.DeadLettered,
        Parked = _parked,
        AlreadyStored = _alreadyStored,
    };
}
