using Holdfast.Retries;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Retries;

/// <summary>What needs attention, the worst first and each kind the oldest first. Every question is one range of an index.</summary>
internal static class AlertReader
{
    private const string SelectDead =
        """
        SELECT id, updated_at, operation_type || ': ' || coalesce(failure_message, 'taken out of the queue by an operator')
        FROM retries INDEXED BY retries_settled WHERE status >= 2 AND status = 3 ORDER BY updated_at LIMIT ?1
        """;

    private const string SelectNearLimit =
        """
        SELECT id, updated_at, operation_type || ': attempt ' || attempt || ' of ' || max_retries
        FROM retries INDEXED BY retries_near_limit WHERE status IN (0, 1) AND attempt * 5 > max_retries * 4 ORDER BY updated_at LIMIT ?1
        """;

    private const string SelectStale =
        """
        SELECT id, lease_until, operation_type || ': held by a process on ' || node || ' whose lease has ended'
        FROM retry_processes JOIN retries USING (process) WHERE lease_until <= ?2 ORDER BY lease_until LIMIT ?1
        """;

    private const string CountOfStale = "SELECT count(*) FROM retry_processes JOIN retries USING (process) WHERE lease_until <= ?1";

    private const string SelectOld =
        """
        SELECT id, created_at, operation_type || ': attempt ' || attempt || ' of ' || max_retries
        FROM retries INDEXED BY retries_pending WHERE status = 0 AND created_at < ?2 ORDER BY created_at LIMIT ?1
        """;

    public static long CountStale(SqliteDatabase database, DateTimeOffset now)
    {
        using var row = database.Prepare(CountOfStale).Bind(1, UnixMicroseconds.From(now));
        row.Step();
        return row.Int64(0);
    }

    public static IReadOnlyList<RetryAlert> Read(SqliteDatabase database, DateTimeOffset now, int limit)
    {
        var alerts = new List<RetryAlert>();
        Add(database.Prepare(SelectDead), RetryAlertReasons.DeadLetter);
        Add(database.Prepare(SelectNearLimit), RetryAlertReasons.ManyAttempts);
        Add(database.Prepare(SelectStale).Bind(2, UnixMicroseconds.From(now)), RetryAlertReasons.StaleLease);
        Add(database.Prepare(SelectOld).Bind(2, UnixMicroseconds.From(now.AddDays(-1))), RetryAlertReasons.OldPending);
        return alerts;

        void Add(SqliteStatement statement, string reason)
        {
            using var rows = statement.Bind(1, limit - alerts.Count);
            while (rows.Step())
            {
                alerts.Add(new RetryAlert(reason, rows.Guid(0), rows.Text(2), UnixMicroseconds.ToInstant(rows.Int64(1))));
            }
        }
    }
}
