using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Spool;

/// <summary>Ranges that are gone, until a store has been told.</summary>
internal sealed class LossTable(SqliteDatabase database)
{
    private readonly SqliteStatement _insert = database.Prepare(
        """
        insert or ignore into losses (first_batch_seq, last_batch_seq, first_sequence, last_sequence, events, samples, reason, noticed_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """);

    private readonly SqliteStatement _read = database.Prepare(
        "select first_batch_seq, last_batch_seq, first_sequence, last_sequence, events, samples, reason, noticed_at from losses order by first_batch_seq");

    private readonly SqliteStatement _delete = database.Prepare("delete from losses where first_batch_seq = ?1");

    public void Insert(LostRange range) => _insert
        .Bind(1, range.FirstBatchSeq).Bind(2, range.LastBatchSeq).Bind(3, range.FirstSequence).Bind(4, range.LastSequence)
        .Bind(5, range.Events).Bind(6, range.Samples).Bind(7, range.Reason).Bind(8, UnixMicroseconds.From(range.NoticedAt))
        .Run();

    public IReadOnlyList<LostRange> Read()
    {
        var ranges = new List<LostRange>();
        using var rows = _read;
        while (rows.Step())
        {
            ranges.Add(new LostRange(
                rows.Int64(0), rows.Int64(1), rows.Int64OrNull(2), rows.Int64OrNull(3), rows.Int64(4), rows.Int64(5),
                rows.Text(6), UnixMicroseconds.ToInstant(rows.Int64(7))));
        }

        return ranges;
    }

    public void Delete(long firstBatchSeq) => _delete.Bind(1, firstBatchSeq).Run();
}
