using System.Text.Json;
using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Retries;

/// <summary>An item as a row of a question.</summary>
internal static class RetryRow
{
    /// <summary>The columns and the table; what follows says which.</summary>
    public const string Select =
        """
        SELECT id, status, blocked, run_after, attempt, crashes, version, created_at, updated_at, token, process, claimed_at, failure_message,
          failure_fingerprint, operation_type, target, priority, penalty, max_retries, timeout, correlation_id, idempotency_key, group_key, tags,
          (SELECT payload FROM retry_contents AS c WHERE c.place = retries.place),
          (SELECT original_event FROM retry_contents AS c WHERE c.place = retries.place)
        FROM retries
        """;

    public static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    public static TimeSpan Span(long microseconds) => TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    public static List<RetryItem> ReadAll(SqliteStatement rows)
    {
        var items = new List<RetryItem>();
        while (rows.Step())
        {
            items.Add(Read(rows));
        }

        return items;
    }

    public static RetryItem Read(SqliteStatement row) => new()
    {
        What = ReadWhat(row),
        Status = (RetryStatus)row.Int64(1),
        Blocked = (RetryStatus)row.Int64(1) == RetryStatus.Pending && row.Int64(2) != 0,
        RunAfter = UnixMicroseconds.ToInstant(row.Int64(3)),
        Attempt = (int)row.Int64(4),
        Crashes = (int)row.Int64(5),
        Version = (int)row.Int64(6),
        CreatedAt = UnixMicroseconds.ToInstant(row.Int64(7)),
        UpdatedAt = UnixMicroseconds.ToInstant(row.Int64(8)),
        Holder = row.IsNull(9) ? null : new RetryHolder(row.Int64(9), row.Guid(10), UnixMicroseconds.ToInstant(row.Int64(11))),
        LastFailure = row.IsNull(12) ? null : new RetryFailure(row.Text(12), row.Text(13)),
    };

    private static NewRetry ReadWhat(SqliteStatement row) => new()
    {
        Id = row.Guid(0),
        OperationType = row.Text(14),
        Target = row.Text(15),
        Priority = (int)row.Int64(16),
        Penalty = Span(row.Int64(17)),
        MaxRetries = (int)row.Int64(18),
        Timeout = Span(row.Int64(19)),
        CorrelationId = row.TextOrNull(20),
        IdempotencyKey = row.TextOrNull(21),
        GroupKey = row.TextOrNull(22),
        Tags = row.IsNull(23) ? [] : JsonSerializer.Deserialize<string[]>(row.Blob(23))!,
        Payload = row.Blob(24).ToArray(),
        OriginalEvent = row.IsNull(25) ? null : (ReadOnlyMemory<byte>?)row.Blob(25).ToArray(),
    };
}
