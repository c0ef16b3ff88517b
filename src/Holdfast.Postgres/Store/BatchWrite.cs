using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Holdfast.Spool;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>What the writer knows from one write to the next. Forgotten when the database is opened again.</summary>
internal sealed class WriterMemory(PostgresStoreOptions options, WriteTransactions transactions, TimeProvider time)
{
    // Replaced as a whole, so that it can be read from where it was left.
    private Dictionary<Guid, (long Mark, long Rows)> _left = [];

    public WriteTransactions Transactions => transactions;
    public TimeSpan TimeMax => options.WriteTimeMax;
    public ApproachChoice EventApproaches { get; } = new(options.Approaches, time);
    public ApproachChoice SampleApproaches { get; } = new(options.Approaches, time);
    public SeriesCatalog Series { get; } = new();

    /// <summary>Notes what was committed for a spool.</summary>
    public void Committed(SpoolAccount account)
    {
        _left = new(_left) { [account.SpoolId] = (account.ContiguousMark, RowsOf(account)) };
        Series.Confirm();
    }

    /// <summary>One that knows what was committed, and nothing that a write under way may still change.</summary>
    public WriterMemory Renewed() => new(options, transactions, time) { _left = _left };

    /// <summary>Both only ever grow. Where one is less than it was left, a standby that was behind took over, or a backup was restored.</summary>
    /// <exception cref="StoreUnavailableException">The account is older than what was committed.</exception>
    public void ThrowIfOlder(SpoolAccount account)
    {
        if (_left.TryGetValue(account.SpoolId, out var left) && (account.ContiguousMark < left.Mark || RowsOf(account) < left.Rows))
        {
            throw WriteTransactions.Moved(
                $"Its mark is batch {account.ContiguousMark} with {RowsOf(account)} rows, and was batch {left.Mark} with {left.Rows} rows.", inner: null);
        }
    }

    private static long RowsOf(SpoolAccount account)
    {
        var totals = account.ToTotals();
        return totals.Events.Total + totals.Samples.Total;
    }
}

/// <summary>One call of <see cref="ITelemetryStore.WriteAsync"/>: rows, refused rows, ledger and totals, all in one transaction.</summary>
internal sealed class BatchWrite(NpgsqlConnection connection, StoreWrite write, WriterMemory memory, DateTimeOffset now, ILogger log)
{
    private const string Savepoint = "kind";
    private const string SuspectSchema = "suspect_schema";

    private readonly List<RefusedRow> _refused = [];

    // Beside each refused row the approach that refused it.
    private readonly List<string> _refusedBy = [];
    private string? _approach;
    private string? _suspicion;
    private int _parked;

    /// <summary>The rows that were not stored.</summary>
    public IReadOnlyList<RefusedRow> Refused => _refused;

    public async ValueTask<StoreWriteResult> RunAsync(CancellationToken cancellationToken)
    {
        memory.Series.StartWrite();
        await using var transaction = await memory.Transactions.BeginAsync(connection, memory.TimeMax, cancellationToken);

        // 1. The account, locked: from here on nobody else writes for this spool.
        var account = await SpoolAccount.LockAsync(connection, write.SpoolId, cancellationToken);
        memory.ThrowIfOlder(account);
        var before = account.ToTotals();

        // 2. What the ledger holds already is done with.
        var ledger = await BatchLedger.ReadAsync(
            connection, account, write.Batches.Min(b => b.BatchSeq), write.Batches.Max(b => b.BatchSeq), cancellationToken);
        var fresh = TakeFresh(ledger);
        if (write.ForgetParkedAsync is { } forgetParkedAsync && fresh.Count > 0)
        {
            await forgetParkedAsync([.. fresh.Select(batch => batch.BatchSeq)], cancellationToken);
        }

        // 3. The rows.
        await WriteEventsAsync(transaction, account, [.. fresh.Where(b => b.Kind == SpoolKind.Event)], cancellationToken);
        await WriteSamplesAsync(transaction, account, [.. fresh.Where(b => b.Kind == SpoolKind.Sample)], cancellationToken);

        // 4. Parked rows are durable in the spool before the ledger says here that their batch is done with.
        var deadLetters = await ParkAsync(cancellationToken);

        // 5. Everything else in one go, and the commit.
        await using var last = new NpgsqlBatch(connection);
        deadLetters.ForEach(letter => DeadLetterWriter.Write(last, account, letter.Row, letter.RefusedBy, now));
        await ledger.SaveAsync(connection, last, cancellationToken);
        account.Save(last);
        await last.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        memory.Committed(account);
        return Result(before, account.ToTotals(), alreadyStored: write.Batches.Count - fresh.Count);
    }

    private List<SpooledBatch> TakeFresh(BatchLedger ledger)
    {
        var fresh = new List<SpooledBatch>(write.Batches.Count);
        foreach (var batch in write.Batches.Where(batch => !ledger.Holds(batch.BatchSeq)))
        {
            var isEvents = batch.Kind == SpoolKind.Event;
            ledger.Enter(new LedgerEntry(
                batch.BatchSeq, batch.BatchSeq, "stored", isEvents ? "event" : "sample", batch.Count, isEvents ? batch.FirstSequence + batch.Count - 1 : 0));
            fresh.Add(batch);
        }

        return fresh;
    }

    private async ValueTask WriteEventsAsync(
        NpgsqlTransaction transaction, SpoolAccount account, List<SpooledBatch> batches, CancellationToken cancellationToken)
    {
        foreach (var rows in EventRows.ByDay(account.SpoolId, batches, _refused))
        {
            using (rows)
            {
                account.Events.Stored += await WriteAsync(transaction, memory.EventApproaches, rows, cancellationToken);
                account.Events.Duplicates += rows.Repeats;
            }
        }
    }

    private async ValueTask WriteSamplesAsync(
        NpgsqlTransaction transaction, SpoolAccount account, List<SpooledBatch> batches, CancellationToken cancellationToken)
    {
        if (batches.Count == 0)
        {
            return;
        }

        var sets = new SampleSets(batches, _refused);
        var refusedSeries = await memory.Series.EnterAsync(connection, transaction, sets.ReadSeries(), PgTime.DayOf(now), cancellationToken);
        foreach (var rows in sets.ByDay(account.Key, refusedSeries))
        {
            using (rows)
            {
                account.Samples.Stored += await WriteAsync(transaction, memory.SampleApproaches, rows, cancellationToken);
            }
        }
    }

    private async ValueTask<long> WriteAsync(NpgsqlTransaction transaction, ApproachChoice choice, RowSet rows, CancellationToken cancellationToken)
    {
        NoteRefused(by: null);
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            var written = await new RowSetWriter(connection, transaction, choice, rows, log).WriteAsync(cancellationToken);
            NoteRefused(written.Tried);
            _approach ??= written.Approach is { } approach ? RowSetWriter.Name(approach) : null;
            return written.Stored;
        }
        catch (SuspectSchemaException suspicion)
        {
            if (write.ParkAsync is null && write.ParkSuspectsAsync is null)
            {
                // Told by whoever asks again and again, once.
                throw new StoreUnavailableException(
                    SuspectSchema, $"{suspicion.Message} The rows wait in the spool. Restore what was changed in schema monitoring.", suspicion);
            }

            _suspicion ??= suspicion.Message;
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            rows.RefuseAll(new Refusal(SuspectSchema, suspicion.Last.ConstraintName, suspicion.Last.ColumnName, $"{SuspectSchema}: {suspicion.Message}"));
            return 0;
        }
    }

    /// <summary>Notes who refused the rows that nobody was named for yet; null: they were not sent.</summary>
    private void NoteRefused(StoreApproach? by)
    {
        var name = by is { } approach ? RowSetWriter.Name(approach) : "none";
        _refusedBy.AddRange(Enumerable.Repeat(name, _refused.Count - _refusedBy.Count));
    }

    /// <summary>Hands over what may be parked; returns what becomes a dead letter.</summary>
    private async ValueTask<List<(RefusedRow Row, string RefusedBy)>> ParkAsync(CancellationToken cancellationToken)
    {
        NoteRefused(by: null);
        var refused = _refused.Zip(_refusedBy).ToList();
        if ((write.ParkAsync ?? write.ParkSuspectsAsync) is not { } parkAsync || _refused.FindAll(IsToBeParked) is not { Count: > 0 } parked)
        {
            return refused;
        }

        await parkAsync(
            [.. parked.Select(row => new ParkedRow(row.Batch.BatchSeq, row.Row, row.Batch.Kind, row.Payload, row.Refusal.Reason, now))], cancellationToken);
        _parked = parked.Count;
        return refused.FindAll(row => !IsToBeParked(row.First));
    }

    private bool IsToBeParked(RefusedRow row) => row.CanPark && (write.ParkAsync is not null || row.Refusal.Code == SuspectSchema);

    private StoreWriteResult Result(StoreTotals before, StoreTotals after, int alreadyStored) => new()
    {
        Approach = _approach ?? "none",
        EventsStored = after.Events.Stored - before.Events.Stored,
        SamplesStored = after.Samples.Stored - before.Samples.Stored,
        Duplicates = after.Events.Duplicates - before.Events.Duplicates,
        DeadLettered = after.Events.DeadLettered - before.Events.DeadLettered + after.Samples.DeadLettered - before.Samples.DeadLettered,
        Parked = _parked,
        AlreadyStored = alreadyStored,
        Suspicion = _suspicion,
    };
}
