using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>
/// Copies what can still be read from a damaged file into a new one. A batch is taken when its row can be reached and its checksum fits;
/// every batch keeps its number, so what is missing shows as a hole.
/// </summary>
internal sealed class SpoolSalvage(SqliteDatabase damaged, SpoolFile target)
{
    // What one transaction holds at most: the log must not grow to the size of the spool.
    private const long BytesPerCommit = 16L << 20;

    private const string RowsSql =
        """
        select batch_seq, kind, format_version, count, sequence_before, received_at, crc32c, bytes, payload
        from batches where batch_seq > ?1 order by batch_seq
        """;

    private readonly List<FoundBatch> _batches = [];
    private readonly List<string> _cutTables = [];
    private long _bytesSinceCommit;

    /// <summary>The batches that were taken, by ascending number.</summary>
    public IReadOnlyList<FoundBatch> Batches => _batches;

    /// <summary>Tables other than the batches that could not be read to their end.</summary>
    public IReadOnlyList<string> CutTables => _cutTables;

    /// <param name="lastKnown">Up to this number it is worth asking: the highest that the mark knows of.</param>
    public void Run(long lastKnown)
    {
        target.Begin();
        TakeBatches(lastKnown);
        foreach (var table in SpoolSchema.SideTables)
        {
            if (!TableCopy.TryCopy(damaged, target.Database, table))
            {
                _cutTables.Add(table);
            }
        }

        target.Commit();
    }

    /// <summary>
    /// Walks upwards, and where the walk breaks goes on at the next number: one damaged page must not cost the pages behind it.
    /// </summary>
    private void TakeBatches(long lastKnown)
    {
        using var rows = TableCopy.TryPrepare(damaged, RowsSql);
        if (rows is null)
        {
            return;
        }

        var last = Math.Max(lastKnown, HighestReadable());
        var after = 0L;
        while (Walk(rows, ref after) && after < last)
        {
            after++;
        }
    }

    /// <summary>False when the walk came to the end of the table, true when it broke after the number it leaves behind.</summary>
    private bool Walk(SqliteStatement statement, ref long after)
    {
        using var rows = statement.Bind(1, after);
        StepResult result;
        while ((result = TableCopy.TryStep(rows)) == StepResult.Row)
        {
            after = rows.Int64(0);
            if (SpoolReader.ReadRow(rows) is { } batch)
            {
                Take(batch);
            }
        }

        return result == StepResult.Damage;
    }

    private void Take(NumberedBatch batch)
    {
        target.Restore(batch);
        _batches.Add(FoundBatch.Of(batch));
        _bytesSinceCommit += batch.Batch.Payload.Length;
        if (_bytesSinceCommit >= BytesPerCommit)
        {
            target.Commit();
            target.Begin();
            _bytesSinceCommit = 0;
        }
    }

    private long HighestReadable()
    {
        using var highest = TableCopy.TryPrepare(damaged, "select batch_seq from batches order by batch_seq desc limit 1");
        return highest is not null && TableCopy.TryStep(highest) == StepResult.Row ? highest.Int64(0) : 0;
    }
}
