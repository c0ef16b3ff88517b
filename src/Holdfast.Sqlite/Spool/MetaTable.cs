using Holdfast.Spool;

namespace Holdfast.Sqlite.Spool;

/// <summary>The row with the spool's identity, its numbering and its running counts.</summary>
internal sealed class MetaTable(SpoolConnection connection)
{
    private const int SchemaVersion = 1;

    private const string SaveSql =
        """
        update meta set
            last_batch_seq = ?1, last_sequence = ?2,
            received_events = ?3, received_samples = ?4, received_others = ?5,
            waiting_events = ?6, waiting_samples = ?7, waiting_others = ?8, waiting_batches = ?9, waiting_bytes = ?10,
            parked_events = ?11, parked_samples = ?12, parked_others = ?13, parked_bytes = ?14,
            lost_events = ?15, lost_samples = ?16, lost_others = ?17
        """;

    private const string LoadSql =
        """
        select spool_id, last_batch_seq, last_sequence,
               received_events, received_samples, received_others,
               waiting_events, waiting_samples, waiting_others, waiting_batches, waiting_bytes,
               parked_events, parked_samples, parked_others, parked_bytes,
               lost_events, lost_samples, lost_others
        from meta
        """;

    private readonly SpoolStatement _save = connection.Prepare(SaveSql);

    public static void Create(SpoolConnection connection, Guid spoolId)
    {
        using var insert = new SpoolStatement(
            connection.Handle, "insert into meta values (1, ?1, ?2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)");
        insert.Bind(1, spoolId);
        insert.Bind(2, SchemaVersion);
        insert.Run();
    }

    /// <summary>Null when the row is not there. The edges are not in this row: the batches know them.</summary>
    public static (Guid SpoolId, SpoolCounters Counters)? Load(SpoolConnection connection)
    {
        using var load = new SpoolStatement(connection.Handle, LoadSql);
        if (!load.Step())
        {
            return null;
        }

        RowCounts Rows(int column) => new(load.Int64(column), load.Int64(column + 1), load.Int64(column + 2));
        return (load.Guid(0), new SpoolCounters
        {
            LastBatchSeq = load.Int64(1),
            LastSequence = load.Int64(2),
            Received = Rows(3),
            Waiting = Rows(6),
            WaitingBatches = load.Int64(9),
            WaitingBytes = load.Int64(10),
            Parked = Rows(11),
            ParkedBytes = load.Int64(14),
            Lost = Rows(15),
        });
    }

    public void Save(in SpoolCounters counters)
    {
        _save.Bind(1, counters.LastBatchSeq);
        _save.Bind(2, counters.LastSequence);
        BindRows(3, counters.Received);
        BindRows(6, counters.Waiting);
        _save.Bind(9, counters.WaitingBatches);
        _save.Bind(10, counters.WaitingBytes);
        BindRows(11, counters.Parked);
        _save.Bind(14, counters.ParkedBytes);
        BindRows(15, counters.Lost);
        _save.Run();
    }

    private void BindRows(int parameter, RowCounts rows)
    {
        _save.Bind(parameter, rows.Events);
        _save.Bind(parameter + 1, rows.Samples);
        _save.Bind(parameter + 2, rows.Others);
    }
}
