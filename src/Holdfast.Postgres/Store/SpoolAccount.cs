using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>What the store keeps of one spool: the row of <c>holdfast.spool_totals</c>. Locked, changed and saved within one transaction.</summary>
internal sealed class SpoolAccount
{
    private const string Columns =
        """
        spool_key, spool_id, contiguous_mark, mark_sequence, highest_sequence,
        events_stored, events_dead_lettered, events_duplicates, events_discarded, events_lost,
        samples_stored, samples_dead_lettered, samples_duplicates, samples_discarded, samples_lost
        """;

    private const string Select = "SELECT " + Columns + " FROM holdfast.spool_totals WHERE spool_id = $1";

    private const string Insert = "INSERT INTO holdfast.spool_totals (spool_id) VALUES ($1) ON CONFLICT (spool_id) DO NOTHING";

    // Nodes forget an epoch two days after it was written to last. What it is resumed after is noted a day earlier, so that nobody who has
    // forgotten it can find it resumed and without the note.
    private const string Update =
        """
        UPDATE holdfast.spool_totals SET
          resumed_after = CASE WHEN written_at < holdfast.clock() - interval '1 day' THEN mark_sequence ELSE resumed_after END, written_at = holdfast.clock(),
          contiguous_mark = $2, mark_sequence = $3, highest_sequence = $4,
          events_stored = $5, events_dead_lettered = $6, events_duplicates = $7, events_discarded = $8, events_lost = $9,
          samples_stored = $10, samples_dead_lettered = $11, samples_duplicates = $12, samples_discarded = $13, samples_lost = $14
        WHERE spool_key = $1
        """;

    private SpoolAccount(NpgsqlDataReader row)
    {
        Key = row.GetInt32(0);
        SpoolId = row.GetGuid(1);
        ContiguousMark = row.GetInt64(2);
        MarkSequence = row.GetInt64(3);
        HighestSequence = row.GetInt64(4);
        Events = new RowTotals(ReadCounts(row, 5));
        Samples = new RowTotals(ReadCounts(row, 10));
    }

    /// <summary>The short number that stands for the spool in the samples.</summary>
    public int Key { get; }
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
    public static async ValueTask<SpoolAccount?> FindAsync(NpgsqlConnection connection, Guid spoolId, CancellationToken cancellationToken) =>
        (await connection.QueryAsync(Select, row => new SpoolAccount(row), cancellationToken, spoolId)).SingleOrDefault();

    /// <summary>The account, made when it is missing, and locked until the transaction ends: one writer at a time for each spool.</summary>
    public static async ValueTask<SpoolAccount> LockAsync(NpgsqlConnection connection, Guid spoolId, CancellationToken cancellationToken)
    {
        const string SelectLocked = Select + " FOR UPDATE";
        var found = await connection.QueryAsync(SelectLocked, row => new SpoolAccount(row), cancellationToken, spoolId);
        if (found.Count == 0)
        {
            await connection.ExecuteAsync(Insert, cancellationToken, spoolId);
            found = await connection.QueryAsync(SelectLocked, row => new SpoolAccount(row), cancellationToken, spoolId);
        }

        return found[0];
    }

    public StoreTotals ToTotals() => new(Events.ToCounts(), Samples.ToCounts());

    public void Save(NpgsqlBatch batch)
    {
        var (events, samples) = (Events, Samples);
        batch.Add(
            Update, Key, ContiguousMark, MarkSequence, HighestSequence,
            events.Stored, events.DeadLettered, events.Duplicates, events.Discarded, events.Lost,
            samples.Stored, samples.DeadLettered, samples.Duplicates, samples.Discarded, samples.Lost);
    }

    private static StoreCounts ReadCounts(NpgsqlDataReader row, int column) => new(
        row.GetInt64(column), row.GetInt64(column + 1), row.GetInt64(column + 2), row.GetInt64(column + 3), row.GetInt64(column + 4));
}
