using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>Rows put aside for a decision.</summary>
internal sealed class ParkedTable(SpoolConnection connection)
{
    private readonly SpoolStatement _insert = connection.Prepare(
        "insert or ignore into parked (batch_seq, row, kind, reason, parked_at, payload) values (?1, ?2, ?3, ?4, ?5, ?6) returning 1");

    /// <summary>False when the row was there already.</summary>
    public bool Insert(ParkedRow row)
    {
        _insert.Bind(1, row.BatchSeq);
        _insert.Bind(2, row.Row);
        _insert.Bind(3, (long)row.Kind);
        _insert.Bind(4, row.Reason);
        _insert.Bind(5, row.ParkedAt.ToMicroseconds());
        _insert.Bind(6, row.Payload.Span);
        var inserted = _insert.Step();
        _insert.Reset();
        return inserted;
    }

    /// <summary>Counts what is parked by walking over all of it.</summary>
    public SpoolCounters Count(SpoolCounters counters)
    {
        counters = counters with { Parked = default, ParkedBytes = 0 };
        using var count = new SpoolStatement(connection.Handle, "select kind, count(*), sum(length(payload)) from parked group by kind");
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
