using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Retries;

/// <summary>The rows of items during one transaction. Running sums and the heads of groups are brought up to date once, by <see cref="Finish"/>.</summary>
internal sealed class RetryTable(SqliteDatabase database, DateTimeOffset now)
{
    private const string SelectState =
        "SELECT place, id, status, operation_type, group_key, correlation_id, attempt, max_retries, crashes, version, run_after, token, process FROM retries ";

    private const string SelectById = SelectState + "WHERE id = ?";

    private const string SelectAt = SelectState + "WHERE place = ?";

    private const string SelectHeldBy = SelectState + "WHERE process = ? ORDER BY place";

    private const string SelectLapsed =
        SelectState + "WHERE process IN (SELECT process FROM retry_processes WHERE lease_until <= ?1) ORDER BY place LIMIT ?2";

    private const string SelectCorrelated = "SELECT id FROM retries WHERE correlation_id = ? AND status IN (0, 1)";

    // A pending item of a group is blocked until Finish has looked who the head is.
    private const string Update =
        """
        UPDATE retries SET status = ?2, attempt = ?3, crashes = ?4, run_after = ?5, queued_at = ?5 + penalty, ready = ?5 <= ?6,
          blocked = group_key IS NOT NULL, updated_at = ?6, token = NULL, process = NULL, claimed_at = NULL,
          failure_message = coalesce(?7, failure_message), failure_fingerprint = coalesce(?8, failure_fingerprint)
        WHERE place = ?1
        """;

    private readonly CountTable _counts = new();
    private readonly GroupHeads _groups = new();

    public SqliteDatabase Database => database;

    /// <summary>The instant of this transaction.</summary>
    public long Now { get; } = UnixMicroseconds.From(now);

    public RetryState? Find(Guid id)
    {
        using var row = database.Prepare(SelectById).Bind(1, id);
        return row.Step() ? RetryState.Read(row) : null;
    }

    public RetryState? At(long place)
    {
        using var row = database.Prepare(SelectAt).Bind(1, place);
        return row.Step() ? RetryState.Read(row) : null;
    }

    /// <summary>Who holds the correlation id now; null when nobody does.</summary>
    public Guid? HolderOf(string? correlationId)
    {
        if (correlationId is null)
        {
            return null;
        }

        using var row = database.Prepare(SelectCorrelated).Bind(1, correlationId);
        return row.Step() ? row.Guid(0) : null;
    }

    public IReadOnlyList<RetryState> HeldBy(Guid process)
    {
        using var rows = database.Prepare(SelectHeldBy).Bind(1, process);
        return ReadAll(rows);
    }

    /// <summary>Items of processes whose lease has ended.</summary>
    public IReadOnlyList<RetryState> Lapsed(int limit)
    {
        using var rows = database.Prepare(SelectLapsed).Bind(1, Now).Bind(2, limit);
        return ReadAll(rows);
    }

    /// <summary>Puts the item out of its worker's hands and into another state, and tells it.</summary>
    /// <param name="before">As it stood.</param>
    /// <param name="after">As it is to stand.</param>
    /// <param name="told">The line of history; null: none.</param>
    /// <param name="failure">What failed; null: as before.</param>
    public void Move(RetryState before, RetryState after, RetryTelling? told, RetryFailure? failure = null)
    {
        database.Prepare(Update)
            .Bind(1, before.Place).Bind(2, (long)after.Status).Bind(3, after.Attempt).Bind(4, after.Crashes).Bind(5, after.RunAfter).Bind(6, Now)
            .Bind(7, failure?.Message).Bind(8, failure?.Fingerprint).Run();
        Touch(before.OperationType, before.GroupKey, before.Status, after.Status);
        if (told is not null)
        {
            Tell(before, told);
        }
    }

    public void Tell(RetryState item, RetryTelling told) => HistoryTable.Insert(database, Now, item, told);

    /// <summary>An item came (before is null), went (after is null) or changed its state.</summary>
    public void Touch(string operationType, string? groupKey, RetryStatus? before, RetryStatus? after)
    {
        _counts.Move(operationType, before, after);
        _groups.Touch(groupKey);
    }

    /// <summary>May be called before the end of the transaction too, by who wants to see the item as it then stands.</summary>
    public void Finish()
    {
        _groups.Settle(database);
        _counts.Save(database);
    }

    private static List<RetryState> ReadAll(SqliteStatement rows)
    {
        var all = new List<RetryState>();
        while (rows.Step())
        {
            all.Add(RetryState.Read(rows));
        }

        return all;
    }
}

/// <summary>What decides about an item, without what it is about.</summary>
internal sealed record RetryState(
    long Place, Guid Id, RetryStatus Status, string OperationType, string? GroupKey, string? CorrelationId, int Attempt, int MaxRetries, int Crashes,
    int Version, long RunAfter, long? Token, Guid? Process)
{
    public static RetryState Read(SqliteStatement row) => new(
        row.Int64(0), row.Guid(1), (RetryStatus)row.Int64(2), row.Text(3), row.TextOrNull(4), row.TextOrNull(5), (int)row.Int64(6), (int)row.Int64(7),
        (int)row.Int64(8), (int)row.Int64(9), row.Int64(10), row.Int64OrNull(11), row.IsNull(12) ? null : row.Guid(12));
}

/// <summary>A line of history, as far as the item itself does not say it.</summary>
internal sealed record RetryTelling(RetryHistoryKind Kind, TimeSpan? Took = null, string? Message = null);
