using Holdfast.Retries;
using Npgsql;

namespace Holdfast.Postgres.Retries;

/// <summary>An item as the tables have it: the columns that every question about items selects, and how they are read.</summary>
internal static class RetryRow
{
    // Of something that has the columns of holdfast.retries; {0} stands before each name, {1} is the attempt.
    private const string ItemColumns =
        """
        {0}id, {0}operation_type, {0}target, {0}payload, {0}priority, {0}penalty, {0}correlation_id, {0}idempotency_key, {0}group_key, {0}tags,
        {0}max_retries, {0}timeout, {0}original_event, {1}, {0}crashes, {0}run_after, {0}created_at, {0}blocked, {0}version
        """;

    private const int ColumnCount = 26;

    private const string Nobody = "NULL::bigint, NULL::uuid, NULL::timestamptz";

    /// <summary>The columns that <see cref="Read"/> wants, in its order.</summary>
    /// <param name="status">The state, as SQL.</param>
    /// <param name="from">What stands before a column's name: an alias with its point, or a value in parentheses with one.</param>
    public static string Columns(string status, string from) =>
        Columns(status, from, $"{from}attempt", $"{from}updated_at", $"{from}failure", $"{from}fingerprint", Nobody);

    /// <summary>Of an item that somebody has: it is in the lease as it was when it waited.</summary>
    public static string HeldColumns(string from, string token, string process, string claimedAt) =>
        Columns("'processing'", from, $"{from}attempt + 1", claimedAt, $"{from}failure", $"{from}fingerprint", $"{token}, {process}, {claimedAt}");

    /// <summary>Of an item that is done, from its line of history.</summary>
    public static string DoneColumns(string from, string line, string failure, string fingerprint) =>
        Columns("'completed'", from, $"{line}attempt", $"{line}at", failure, fingerprint, Nobody);

    private static string Columns(string status, string from, string attempt, string updatedAt, string failure, string fingerprint, string holder)
    {
        var item = ItemColumns.Replace("{0}", from, StringComparison.Ordinal).Replace("{1}", attempt, StringComparison.Ordinal);
        return $"{item}, {status}, {updatedAt}, {failure}, {fingerprint}, {holder}";
    }

    public static RetryItem Read(NpgsqlDataReader row, int first = 0) => new()
    {
        What = ReadWhat(row, first),
        Attempt = row.GetInt32(first + 13),
        Crashes = row.GetInt32(first + 14),
        RunAfter = row.GetFieldValue<DateTimeOffset>(first + 15),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(first + 16),
        Blocked = row.GetBoolean(first + 17),
        Version = row.GetInt32(first + 18),
        Status = RetryNames.StatusOf(row.GetString(first + 19)),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(first + 20),
        LastFailure = row.IsDBNull(first + 21) ? null : new RetryFailure(row.GetString(first + 21), TextOrNull(row, first + 22) ?? ""),
        Holder = row.IsDBNull(first + 23)
            ? null
            : new RetryHolder(row.GetInt64(first + 23), row.GetGuid(first + 24), row.GetFieldValue<DateTimeOffset>(first + ColumnCount - 1)),
    };

    private static NewRetry ReadWhat(NpgsqlDataReader row, int first) => new()
    {
        Id = row.GetGuid(first),
        OperationType = row.GetString(first + 1),
        Target = row.GetString(first + 2),
        Payload = row.GetFieldValue<byte[]>(first + 3),
        Priority = row.GetInt32(first + 4),
        Penalty = TimeSpan.FromMicroseconds(row.GetInt64(first + 5)),
        CorrelationId = TextOrNull(row, first + 6),
        IdempotencyKey = TextOrNull(row, first + 7),
        GroupKey = TextOrNull(row, first + 8),
        Tags = row.GetFieldValue<string[]>(first + 9),
        MaxRetries = row.GetInt32(first + 10),
        Timeout = row.GetTimeSpan(first + 11),
        OriginalEvent = row.IsDBNull(first + 12) ? (ReadOnlyMemory<byte>?)null : row.GetFieldValue<byte[]>(first + 12),
    };

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
