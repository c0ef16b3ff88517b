using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Store;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Retries;

/// <summary>Answers questions about items.</summary>
internal static class RetryReader
{
    /// <summary>?1 to ?7: NULL means none. LIKE ignores the case of ASCII letters only. A text is looked for where the queue is not.</summary>
    public const string Filters =
        """
        (?1 IS NULL OR status = ?1)
        AND (?2 IS NULL OR operation_type = ?2)
        AND (?3 IS NULL OR target = ?3)
        AND (?4 IS NULL OR failure_fingerprint = ?4)
        AND (?5 IS NULL OR correlation_id = ?5)
        AND (?6 IS NULL OR group_key = ?6)
        AND (?7 IS NULL OR (status >= 2 AND (failure_message LIKE ?7 ESCAPE '\'
          OR EXISTS (SELECT 1 FROM retry_contents AS c WHERE c.place = retries.place AND c.payload LIKE ?7 ESCAPE '\'))))
        """;

    private const string Page = Filters + " AND id < ?8 ORDER BY id DESC LIMIT ?9";

    private const string SelectOne = RetryRow.Select + " WHERE id = ?";

    private const string SelectGroups =
        """
        SELECT failure_fingerprint, operation_type, count(*), min(updated_at), max(updated_at), max(id) FROM retries INDEXED BY retries_causes
        WHERE status IN (3, 4) AND failure_fingerprint IS NOT NULL AND
        """
        + " " + Filters + " GROUP BY failure_fingerprint, operation_type ORDER BY count(*) DESC, failure_fingerprint, operation_type LIMIT ?8";

    private const string SelectMessage = "SELECT failure_message FROM retries WHERE id = ?";

    // Above every id of 16 bytes.
    private static readonly byte[] Newest = [.. Enumerable.Repeat(byte.MaxValue, 17)];

    public static RetryPage List(SqliteDatabase database, RetryQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, 500);
        using var rows = Bind(database.Prepare(RetryRow.Select + WayTo(query.Filter) + Page), query.Filter).Bind(9, limit + 1);
        _ = query.Before is { } before ? rows.Bind(8, before) : rows.BindBlob(8, Newest);
        var items = RetryRow.ReadAll(rows);
        return items.Count > limit ? new RetryPage(items[..limit], items[limit - 1].Id) : new RetryPage(items, null);
    }

    public static RetryItem? Get(SqliteDatabase database, Guid id)
    {
        using var row = database.Prepare(SelectOne).Bind(1, id);
        return row.Step() ? RetryRow.Read(row) : null;
    }

    public static IReadOnlyList<RetryGroup> Group(SqliteDatabase database, RetryFilter filter, int limit)
    {
        var groups = new List<RetryGroup>();
        using var rows = Bind(database.Prepare(SelectGroups), filter).Bind(8, limit);
        while (rows.Step())
        {
            groups.Add(ReadGroup(database, rows));
        }

        return groups;
    }

    /// <summary>The parameters of <see cref="Filters"/>.</summary>
    public static SqliteStatement Bind(SqliteStatement statement, RetryFilter filter) => statement
        .Bind(1, (long?)filter.Status).Bind(2, filter.OperationType).Bind(3, filter.Target).Bind(4, filter.Fingerprint)
        .Bind(5, filter.CorrelationId).Bind(6, filter.GroupKey).Bind(7, filter.Text is { Length: > 0 } text ? Like.Literally(text) : null);

    private static RetryGroup ReadGroup(SqliteDatabase database, SqliteStatement row)
    {
        using var newest = database.Prepare(SelectMessage).Bind(1, row.Guid(5));
        newest.Step();
        return new RetryGroup(
            row.Text(0), row.Text(1), newest.Text(0), row.Int64(2), UnixMicroseconds.ToInstant(row.Int64(3)), UnixMicroseconds.ToInstant(row.Int64(4)),
            row.Guid(5));
    }

    // Each way is an index that is in order of ids, or short: SQLite does not find a partial index through a parameter that may be NULL.
    private static string WayTo(RetryFilter filter) => filter switch
    {
        { CorrelationId: not null } => " INDEXED BY retries_correlation WHERE correlation_id = ?5 AND ",
        { GroupKey: not null } => " INDEXED BY retries_groups WHERE group_key = ?6 AND ",
        { Status: RetryStatus.Pending or RetryStatus.Processing } => " INDEXED BY retries_unfinished WHERE status < 2 AND ",
        { Status: not null } => " INDEXED BY retries_finished WHERE status >= 2 AND status = ?1 AND ",
        _ => " WHERE ",
    };
}
