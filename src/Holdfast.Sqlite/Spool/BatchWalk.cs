using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>Walks over the batches of a file that may be damaged, and goes on behind the damage.</summary>
/// <param name="lastKnown">Up to this number it is worth asking: the highest that anybody knows of.</param>
internal sealed class BatchWalk(SqliteDatabase database, long lastKnown)
{
    private const string RowsSql =
        """
        select batch_seq, kind, format_version, count, sequence_before, received_at, crc32c, bytes, payload
        from batches where batch_seq > ?1 order by batch_seq
        """;

    /// <summary>Whether part of the file could not be reached. Known once the walk is over.</summary>
    public bool Broke { get; private set; }

    /// <summary>
    /// The batches by ascending number; null in place of one that does not fit its checksum. Where the walk breaks it goes on at the next
    /// number: one damaged page must not cost the pages behind it.
    /// </summary>
    public IEnumerable<(long BatchSeq, NumberedBatch? Batch)> Batches()
    {
        using var rows = TableCopy.TryPrepare(database, RowsSql);
        if (rows is null)
        {
            Broke = true;
            yield break;
        }

        var last = Math.Max(lastKnown, HighestReadable());
        for (var after = 0L; after <= last; after++)
        {
            rows.Dispose();
            rows.Bind(1, after);
            StepResult step;
            while ((step = TableCopy.TryStep(rows)) == StepResult.Row)
            {
                after = rows.Int64(0);
                yield return (after, SpoolReader.ReadRow(rows));
            }

            if (step == StepResult.End)
            {
                yield break;
            }

            Broke = true;
        }
    }

    private long HighestReadable()
    {
        using var highest = TableCopy.TryPrepare(database, "select batch_seq from batches order by batch_seq desc limit 1");
        return highest is not null && TableCopy.TryStep(highest) == StepResult.Row ? highest.Int64(0) : 0;
    }
}
