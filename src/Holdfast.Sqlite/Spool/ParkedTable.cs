using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Spool;

/// <summary>Rows put aside for a decision.</summary>
internal sealed class ParkedTable(SqliteDatabase database)
{
    private const string TakeOldest =
        """
        select batch_seq, row, kind, reason, parked_at, payload from parked
        where batch_seq not in (select batch_seq from batches) order by batch_seq, row limit ?
        """;

    private readonly SqliteStatement _insert = database.Prepare(
        "insert or ignore into parked (batch_seq, row, kind, reason, parked_at, payload) values (?1, ?2, ?3, ?4, ?5, ?6) returning 1");

    private readonly SqliteStatement _delete = database.Prepare("delete from parked where batch_seq = ?1 returning kind, length(payload)");

    /// <summary>False when the row was there already.</summary>
    public bool Insert(ParkedRow row)
    {
        using var insert = _insert
            .Bind(1, row.BatchSeq).Bind(2, row.Row).Bind(3, (long)row.Kind).Bind(4, row.Reason)
            .Bind(5, UnixMicroseconds.From(row.ParkedAt)).BindBlob(6, row.Payload.Span);
        return insert.Step();
    }

    /// <summary>Takes rows out, the oldest first. Whether those of a batch that waits are parked is only known when it has been written.</summary>
    public IReadOnlyList<ParkedRow> Take(int rowsMax)
    {
        var rows = new List<ParkedRow>();
        using (var oldest = database.Prepare(TakeOldest).Bind(1, rowsMax))
        {
            while (oldest.Step())
            {
                rows.Add(new ParkedRow(
                    oldest.Int64(0), (int)oldest.Int64(1), (SpoolKind)oldest.Int64(2), oldest.Blob(5).ToArray(), oldest.Text(3), UnixMicroseconds.ToInstant(oldest.Int64(4))));
            }
        }

        foreach (var row in rows)
        {
            database.Prepare("delete from parked where batch_seq = ?1 and row = ?2").Bind(1, row.BatchSeq).Bind(2, row.Row).Run();
        }

        return rows;
    }

    /// <summary>Deletes the rows of a batch; returns what they were.</summary>
    public IReadOnlyList<(SpoolKind Kind, int Bytes)> Delete(long batchSeq)
    {
        var deleted = new List<(SpoolKind Kind, int Bytes)>();
        using var delete = _delete.Bind(1, batchSeq);
        while (delete.Step())
        {
            deleted.Add(((SpoolKind)delete.Int64(0), (int)delete.Int64(1)));
        }

        return deleted;
    }

    /// <summary>Counts what is parked by walking over all of it.</summary>
    public SpoolCounters Count(SpoolCounters counters)
    {
        counters = counters with { Parked = default, ParkedBytes = 0 };
        using var count = database.Prepare("select kind, count(*), sum(length(payload)) from parked group by kind");
        while (count.Step())
        {
            counters = counters with
            {
                Parked = counters.Parked + RowCounts.Of((SpoolKind)count.Int64(0), count.Int64(1)),
                ParkedBytes = counters.ParkedBytes + count.Int64(2),
            };
        }

        return counters;
    }
}
