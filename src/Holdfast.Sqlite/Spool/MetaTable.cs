using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Spool;

/// <summary>The row with the spool's identity, its numbering and its running counts.</summary>
internal sealed class MetaTable(SqliteDatabase database)
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

    private readonly SqliteStatement _save = database.Prepare(SaveSql);

    public static void Create(SqliteDatabase database, Guid spoolId) => database
        .Prepare("insert into meta values (1, ?1, ?2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)")
        .Bind(1, spoolId).Bind(2, SchemaVersion).Run();

    /// <summary>Null when the row is not there. The edges are not in this row: the batches know them.</summary>
    public static (Guid SpoolId, SpoolCounters Counters)? Load(SqliteDatabase database)
    {
        using var row = database.Prepare(LoadSql);
        if (!row.Step())
        {
            return null;
        }

        RowCounts Rows(int column) => new(row.Int64(column), row.Int64(column + 1), row.Int64(column + 2));
        return (row.Guid(0), new SpoolCounters
        {
            LastBatchSeq = row.Int64(1),
            LastSequence = row.Int64(2),
            Received = Rows(3),
            Waiting = Rows(6),
            WaitingBatches = row.Int64(9),
            WaitingBytes = row.Int64(10),
            Parked = Rows(11),
            ParkedBytes = row.Int64(14),
            Lost = Rows(15),
        });
    }

    public void Save(in SpoolCounters counters)
    {
        _save.Bind(1, counters.LastBatchSeq).Bind(2, counters.LastSequence);
        BindRows(3, counters.Received);
        BindRows(6, counters.Waiting);
        _save.Bind(9, counters.WaitingBatches).Bind(10, counters.WaitingBytes);
        BindRows(11, counters.Parked);
        _save.Bind(14, counters.ParkedBytes);
        BindRows(15, counters.Lost);
        _save.Run();
    }

    private void BindRows(int parameter, RowCounts rows)
    {
        _save.Bind(parameter, rows.Events).Bind(parameter + 1, rows.Samples).Bind(parameter + 2, rows.Others);
    }
}
