using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>Ranges that are gone, until a store has been told.</summary>
internal sealed class LossTable(SpoolConnection connection)
{
    private readonly SpoolStatement _insert = connection.Prepare(
        """
        insert or ignore into losses (first_batch_seq, last_batch_seq, first_sequence, last_sequence, events, samples, reason, noticed_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """);

    private readonly SpoolStatement _read = connection.Prepare(
        "select first_batch_seq, last_batch_seq, first_sequence, last_sequence, events, samples, reason, noticed_at from losses order by first_batch_seq");

    private readonly SpoolStatement _delete = connection.Prepare("delete from losses where first_batch_seq = ?1");

    public void Insert(LostRange range)
    {
        _insert.Bind(1, range.FirstBatchSeq);
        _insert.Bind(2, range.LastBatchSeq);
        _insert.Bind(3, range.FirstSequence);
        _insert.Bind(4, range.LastSequence);
        _insert.Bind(5, range.Events);
        _insert.Bind(6, range.Samples);
        _insert.Bind(7, range.Reason);
        _insert.Bind(8, range.NoticedAt.ToMicroseconds());
        _insert.Run();
    }

    public IReadOnlyList<LostRange> Read()
    {
        var ranges = new List<LostRange>();
        while (_read.Step())
        {
            ranges.Add(new LostRange(
                _read.Int64(0), _read.Int64(1), _read.NullableInt64(2), _read.NullableInt64(3), _read.Int64(4), _read.Int64(5),
                _read.Text(6), UnixTime.FromMicroseconds(_read.Int64(7))));
        }

        _read.Reset();
        return ranges;
    }

    public void Delete(long firstBatchSeq)
    {
        _delete.Bind(1, firstBatchSeq);
        _delete.Run();
    }
}
