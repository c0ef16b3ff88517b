using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Spool;

/// <summary>Looks into the spool of a data directory without changing it, also while a server has it.</summary>
internal static class SpoolInspector
{
    // A damaged file has problems without end; the first ones tell enough.
    private const int ProblemsMax = 20;

    /// <summary>Reads everything and says what is wrong. The mark is read first: the file of a spool in use is ahead of it, never behind.</summary>
    public static SpoolReport Verify(string directory, CancellationToken cancellationToken)
    {
        var paths = new SpoolPaths(directory);
        var report = new SpoolReport { Directory = paths.Directory, Mark = MarkFile.Peek(paths.Mark) };
        if (!File.Exists(paths.Database))
        {
            return report with { Problems = ["There is no spool.db."] };
        }

        try
        {
            using var database = SqliteDatabase.OpenReadOnly(paths.Database);
            return VerifyFile(report, database, cancellationToken);
        }
        catch (SqliteException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return report with { Problems = [exception.Message] };
        }
    }

    /// <summary>Every row that waits, one record each, oldest first; then the parked ones. What cannot be decoded comes as its bytes.</summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static IEnumerable<SpoolDumpRow> Dump(string directory, CancellationToken cancellationToken)
    {
        using var database = SqliteDatabase.OpenReadOnly(new SpoolPaths(directory).Database);
        database.Execute("begin");
        foreach (var (batchSeq, batch) in new BatchWalk(database, lastKnown: 0).Batches())
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var row in batch is null ? [Unreadable(batchSeq)] : SpoolDump.RowsOf(batch.Batch))
            {
                yield return row;
            }
        }

        foreach (var row in ParkedRows(database))
        {
            yield return row;
        }
    }

    private static SpoolDumpRow Unreadable(long batchSeq) => new() { BatchSeq = batchSeq, Kind = "unknown", Problem = "It does not fit its checksum." };

    private static IEnumerable<SpoolDumpRow> ParkedRows(SqliteDatabase database)
    {
        using var rows = database.Prepare("select batch_seq, row, kind, reason, parked_at, payload from parked order by batch_seq, row");
        while (rows.Step())
        {
            yield return new SpoolDumpRow
            {
                BatchSeq = rows.Int64(0),
                Row = (int)rows.Int64(1),
                Kind = SpoolDump.NameOf((SpoolKind)rows.Int64(2)),
                ParkedReason = rows.Text(3),
                ReceivedAt = UnixMicroseconds.ToInstant(rows.Int64(4)),
                Payload = rows.Blob(5).ToArray(),
            };
        }
    }

    private static SpoolReport VerifyFile(SpoolReport report, SqliteDatabase database, CancellationToken cancellationToken)
    {
        // One transaction, so that counts and batches belong together although a server goes on writing.
        database.ObserveStop();
        database.StopWhen(cancellationToken);
        database.Execute("pragma busy_timeout = 2000; begin");
        var problems = new List<string>(Integrity(database));
        var (spoolId, counters) = MetaTable.Load(database) ?? (Guid.Empty, default);
        var walk = new BatchWalk(database, Math.Max(counters.LastBatchSeq, report.Mark?.LastBatchSeq ?? 0));
        var (batches, rows, damaged) = Count(walk, cancellationToken);
        if (walk.Broke)
        {
            problems.Add("Part of the batches cannot be reached.");
        }
        else if (damaged.Count == 0 && (batches != counters.WaitingBatches || rows != counters.Waiting))
        {
            problems.Add($"The running counts say {counters.WaitingBatches} batches with {counters.Waiting.Total} rows.");
        }

        return report with
        {
            SpoolId = spoolId,
            LastBatchSeq = counters.LastBatchSeq,
            LastSequence = counters.LastSequence,
            WaitingBatches = batches,
            Waiting = rows,
            Parked = counters.Parked,
            DamagedBatches = damaged,
            Unreported = new LossTable(database).Read(),
            Problems = problems,
        };
    }

    private static (long Batches, RowCounts Rows, List<long> Damaged) Count(BatchWalk walk, CancellationToken cancellationToken)
    {
        var (batches, rows, damaged) = (0L, default(RowCounts), new List<long>());
        foreach (var (batchSeq, batch) in walk.Batches())
        {
            cancellationToken.ThrowIfCancellationRequested();
            batches++;
            if (batch is null)
            {
                damaged.Add(batchSeq);
            }
            else
            {
                rows += RowCounts.Of(batch.Batch.Kind, batch.Batch.Count);
            }
        }

        return (batches, rows, damaged);
    }

    private static IEnumerable<string> Integrity(SqliteDatabase database)
    {
        using var report = database.Prepare($"pragma integrity_check({ProblemsMax})");
        while (report.Step())
        {
            if (report.Text(0) != "ok")
            {
                yield return report.Text(0);
            }
        }
    }
}
