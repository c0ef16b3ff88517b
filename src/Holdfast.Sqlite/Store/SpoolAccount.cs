using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>What the store keeps of one spool: the row of <c>spool_totals</c>. Read and saved within one transaction, never kept between two.</summary>
internal sealed class SpoolAccount
{
    private const string Columns =
        """
        spool_key, spool_id, contiguous_mark, mark_sequence, highest_sequence,
        events_stored, events_dead_lettered, events_duplicates, events_discarded, events_lost,
        samples_stored, samples_dead_lettered, samples_duplicates, samples_discarded, samples_lost
        """;

    private const string SelectById = "SELECT " + Columns + " FROM spool_totals WHERE spool_id = ?";

    private const string Update =
        """
        UPDATE spool_totals SET
          contiguous_mark = ?2, mark_sequence = ?3, highest_sequence = ?4,
          events_stored = ?5, events_dead_lettered = ?6, events_duplicates = ?7, events_discarded = ?8, events_lost = ?9,
          samples_stored = ?10, samples_dead_lettered = ?11, samples_duplicates = ?12, samples_discarded = ?13, samples_lost = ?14
        WHERE spool_key = ?1
        """;

    private SpoolAccount(SqliteStatement row)
    {
        Key = row.Int64(0);
        SpoolId = row.Guid(1);
        ContiguousMark = row.Int64(2);
        MarkSequence = row.Int64(3);
        HighestSequence = row.Int64(4);
        Events = new RowTotals(ReadCounts(row, 5));
        Samples = new RowTotals(ReadCounts(row, 10));
    }

    /// <summary>The short number that stands for the spool in other tables.</summary>
    public long Key { get; }
    public Guid SpoolId { get; }

    /// <summary>Every batch up to here is held or lost for good.</summary>
    public long ContiguousMark { get; set; }

    /// <summary>The highest sequence number among the batches up to the mark.</summary>
    public long MarkSequence { get; set; }

    /// <summary>The highest sequence number that was ever stored, refused or recognised here.</summary>
    public long HighestSequence { get; set; }
    public RowTotals Events { get; }
    public RowTotals Samples { get; }

    /// <summary>Null when the spool never wrote here.</summary>
    public static SpoolAccount? Find(SqliteDatabase database, Guid spoolId)
    {
        using var row = database.Prepare(SelectById).Bind(1, spoolId);
        return row.Step() ? new SpoolAccount(row) : null;
    }


    public static SpoolAccount FindOrAdd(SqliteDatabase database, Guid spoolId)
    {
        database.Prepare("INSERT INTO spool_totals (spool_id) VALUES (?) ON CONFLICT (spool_id) DO NOTHING").Bind(1, spoolId).Run();
        return Find(database, spoolId)!;
    }

    public void Save(SqliteDatabase database)
    {
        var row = database.Prepare(Update).Bind(1, Key).Bind(2, ContiguousMark).Bind(3, MarkSequence).Bind(4, HighestSequence);
        BindCounts(row, 5, Events.ToCounts());
        BindCounts(row, 10, Samples.ToCounts());
        row.Run();
    }

    private static StoreCounts ReadCounts(SqliteStatement row, int column) => new(
        row.Int64(column), row.Int64(column + 1), row.Int64(column + 2), row.Int64(column + 3), row.Int64(column + 4));

    private static void BindCounts(SqliteStatement row, int parameter, StoreCounts counts) => row
        .Bind(parameter, counts.Stored).Bind(parameter + 1, counts.DeadLettered).Bind(parameter + 2, counts.Duplicates)
        .Bind(parameter + 3, counts.Discarded).Bind(parameter + 4, counts.Lost);
}
