using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// The spool's database as its one writer sees it: tables, numbering and running counts, changed together in one transaction.
/// Not thread-safe.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    // About 32 MiB. Housekeeping checkpoints long before that, and after the acknowledgement; SQLite by itself would do it before.
    private const int CheckpointPages = 4_096;

    // Another process may look into the file (spool verify); nobody else writes.
    private const int BusyTimeoutMilliseconds = 2_000;

    internal const int PageSizeBytes = 8_192;
    private const long JournalBytesMax = 16L << 20;

    private readonly SqliteDatabase _database;
    private readonly BatchTable _batches;
    private readonly MetaTable _meta;
    private readonly StoreTable _stores;
    private SpoolCounters _committed;
    private bool _edgesMoved;

    private SpoolFile(SqliteDatabase database, Guid spoolId, SpoolCounters counters)
    {
        _database = database;
        _batches = new BatchTable(database);
        _meta = new MetaTable(database);
        Validation = new ValidationTable(database);
        Parked = new ParkedTable(database);
        Losses = new LossTable(database);
        Reader = new SpoolReader(database);
        _stores = new StoreTable(database);
        SpoolId = spoolId;
        Counters = WithEdges(counters);
        _committed = Counters;
    }

    public Guid SpoolId { get; }

    /// <summary>As of the transaction under way; else as of the last commit.</summary>
    public SpoolCounters Counters { get; set; }

    public SqliteDatabase Database => _database;
    public ValidationTable Validation { get; }
    public ParkedTable Parked { get; }
    public LossTable Losses { get; }

    /// <summary>Sees the transaction under way.</summary>
    public SpoolReader Reader { get; }

    /// <summary>Makes a new file with the schema. <paramref name="path"/> is <c>:memory:</c> for one that never reaches a disk.</summary>
    public static SpoolFile Create(string path, Guid spoolId, SpoolDurability durability)
    {
        var database = SqliteDatabase.Open(path);
        try
        {
            // Both are fixed by the first page, so they come before anything else. Incremental vacuum is what gives disk back.
            database.Execute($"pragma page_size = {PageSizeBytes}; pragma auto_vacuum = incremental");
            Configure(database, durability);
            database.Execute("begin immediate");
            database.Execute(SpoolSchema.Sql);
            MetaTable.Create(database, spoolId);
            database.Execute("commit");
            return new SpoolFile(database, spoolId, default);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that has the schema. Takes the database over.</summary>
    /// <exception cref="SqliteException">The schema is not there, or the file is damaged or cannot be read.</exception>
    public static SpoolFile Open(SqliteDatabase database, SpoolDurability durability)
    {
        Configure(database, durability);
        var (spoolId, counters) = MetaTable.Load(database)
            ?? throw new SqliteException("The row with the spool's identity is gone.", SQLitePCL.raw.SQLITE_CORRUPT);
        return new SpoolFile(database, spoolId, counters);
    }

    public void Begin()
    {
        _committed = Counters;
        _edgesMoved = false;
        _database.Prepare("begin immediate").Run();
    }

    public void Commit()
    {
        if (_edgesMoved)
        {
            Counters = WithEdges(Counters);
        }

        // A group that only asked leaves nothing to write, and SQLite then neither writes nor syncs.
        if (Counters != _committed)
        {
            _meta.Save(Counters);
        }

        _database.Prepare("commit").Run();
        _committed = Counters;
    }

    /// <summary>Writes the counts as they are, to find out whether the file can be written.</summary>
    public void Probe() => _meta.Save(Counters);

    /// <summary>Back to the last commit. SQLite may have rolled back by itself already.</summary>
    public void Rollback()
    {
        Counters = _committed;
        if (_database.InTransaction)
        {
            _database.Execute("rollback");
        }
    }

    /// <summary>Adds a batch with the next number.</summary>
    public NumberedBatch Append(SpoolEntry entry, DateTimeOffset receivedAt)
    {
        var sequenceBefore = Counters.LastSequence;
        Counters = Counters.WithAppended(entry.Kind, entry.Count, entry.Payload.Length, receivedAt);
        return Insert(entry, sequenceBefore, receivedAt);
    }

    /// <summary>Forgets what was parked of a batch.</summary>
    public void ForgetParked(long batchSeq)
    {
        foreach (var (kind, bytes) in Parked.Delete(batchSeq))
        {
            Counters = Counters.WithoutParked(kind, bytes);
        }
    }

    /// <summary>Adds a parked row as a batch of its own with the next number. It is no longer parked: <see cref="ParkedTable.Take"/> has taken it out.</summary>
    public NumberedBatch Unpark(ParkedRow row, DateTimeOffset now)
    {
        var sequenceBefore = Counters.LastSequence;
        Counters = Counters.WithUnparked(row.Kind, row.Payload.Length, now);
        return Insert(new SpoolEntry(row.Kind, ParkedRow.FormatVersion, Count: 1, row.Payload), sequenceBefore, now);
    }

    private NumberedBatch Insert(SpoolEntry entry, long sequenceBefore, DateTimeOffset receivedAt)
    {
        var first = entry.Kind == SpoolKind.Event ? sequenceBefore + 1 : 0;
        var batch = new SpooledBatch(
            Counters.LastBatchSeq, entry.Kind, entry.FormatVersion, entry.Count, first, receivedAt, entry.Payload);
        var numbered = new NumberedBatch(batch, sequenceBefore);
        _batches.Insert(numbered);
        return numbered;
    }

    /// <summary>Puts a salvaged batch back under its own number. <see cref="Recount"/> is due afterwards.</summary>
    public void Restore(NumberedBatch batch) => _batches.Insert(batch);

    /// <summary>Counts anew what waits and what is parked, when the running counts can no longer be right.</summary>
    public void Recount()
    {
        Counters = Parked.Count(_batches.Count(Counters));
        _edgesMoved = true;
    }

    /// <summary>Forgets a batch; returns its bytes, 0 when it did not wait.</summary>
    public long Remove(long batchSeq)
    {
        if (_batches.Delete(batchSeq) is not { } batch)
        {
            return 0;
        }

        Counters = Counters.WithoutWaiting(batch.Kind, batch.Count, batch.Bytes);
        _edgesMoved |= batchSeq == Counters.Oldest?.BatchSeq || batchSeq == Counters.NewestWaiting;
        return batch.Bytes;
    }

    /// <summary>Turns a batch that does not fit its checksum into a loss.</summary>
    public void SetAside(long batchSeq, string reason, DateTimeOffset now)
    {
        var before = Counters;
        if (_batches.Delete(batchSeq) is null)
        {
            return;
        }

        // Its own count may be what was damaged, so the rows lost are those that the others do not account for.
        Recount();
        var rows = RowCounts.Max(before.Waiting - Counters.Waiting, default);
        RecordLoss(new LostRange(batchSeq, batchSeq, null, null, rows.Events, rows.Samples, reason, now));
    }

    public void RecordLoss(LostRange range)
    {
        Losses.Insert(range);
        Counters = Counters with { Lost = Counters.Lost + new RowCounts(range.Events, range.Samples, 0) };
    }

    /// <summary>Puts a row aside; a repeat changes nothing.</summary>
    public void Park(ParkedRow row)
    {
        if (Parked.Insert(row))
        {
            Counters = Counters with
            {
                Parked = Counters.Parked + RowCounts.Of(row.Kind, 1),
                ParkedBytes = Counters.ParkedBytes + row.Payload.Length,
            };
        }
    }

    /// <summary>
    /// What is remembered of a store. To one not seen before, only what waits and what is still to be reported as lost will ever be sent:
    /// everything else that it has no account of was resolved elsewhere.
    /// </summary>
    public StoreMemory RememberStore(Guid storeId, RowCounts accounted)
    {
        var unreported = Losses.Read();
        var elsewhere = Counters.Received - Counters.Waiting - Counters.Parked - accounted;
        return _stores.Remember(
            storeId, elsewhere.Events - unreported.Sum(l => l.Events), elsewhere.Samples - unreported.Sum(l => l.Samples));
    }

    /// <summary>Takes over the content of another file of the same spool, all in one transaction.</summary>
    public void ReplaceWith(SpoolFile other)
    {
        Begin();
        foreach (var table in SpoolSchema.SideTables.Append(SpoolSchema.Batches))
        {
            _database.Execute($"delete from {table}");
            if (!TableCopy.TryCopy(other._database, _database, table))
            {
                throw new SqliteException($"Table {table} cannot be read to its end.", SQLitePCL.raw.SQLITE_CORRUPT);
            }
        }

        Counters = other.Counters;
        Commit();
    }

    public void Dispose() => _database.Dispose();

    private static void Configure(SqliteDatabase database, SpoolDurability durability)
    {
        var synchronous = durability == SpoolDurability.Durable ? "full" : "normal";
        database.Execute(
            $"""
            pragma busy_timeout = {BusyTimeoutMilliseconds};
            pragma journal_mode = wal;
            pragma synchronous = {synchronous};
            pragma wal_autocheckpoint = {CheckpointPages};
            pragma journal_size_limit = {JournalBytesMax};
            pragma cache_size = -8192;
            pragma temp_store = memory;
            pragma cell_size_check = on;
            pragma secure_delete = off
            """);
    }

    private SpoolCounters WithEdges(SpoolCounters counters)
    {
        var (oldest, newest) = _batches.Edges();
        return counters with { Oldest = oldest, NewestWaiting = newest };
    }
}
