using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Reads what the views <c>validation_metrics_recent</c> and <c>validation_metrics_summary</c> show to those who look into the file: the
/// same columns, with the caller's time in the place of SQLite's and bounded.
/// </summary>
internal static class ValidationReader
{
    private const string SelectRecent =
        """
        SELECT event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp
        FROM validation_metrics WHERE flush_timestamp >= ?1 ORDER BY flush_timestamp DESC, event_type LIMIT ?2
        """;

    private const string SelectSummary =
        """
        SELECT event_type, count(*), sum(total_events), sum(passed_events), sum(failed_events), avg(pass_rate), avg(avg_validation_time_ms),
          sum(total_errors), sum(total_warnings), max(flush_timestamp)
        FROM validation_metrics WHERE flush_timestamp >= ?1 GROUP BY event_type ORDER BY sum(total_events) DESC, event_type LIMIT ?2
        """;

    public static ValidationHistory Read(SqliteDatabase database, DateTimeOffset now) => new(
        ReadAll(database, SelectRecent, now - ValidationHistory.RecentTime, RowOf), ReadAll(database, SelectSummary, now - ValidationHistory.SummaryTime, SummaryOf));

    private static List<T> ReadAll<T>(SqliteDatabase database, string sql, DateTimeOffset since, Func<SqliteStatement, T> read)
    {
        using var rows = database.Prepare(sql).Bind(1, UnixMicroseconds.From(since)).Bind(2, ValidationHistory.RowsMax);
        var items = new List<T>();
        while (rows.Step())
        {
            items.Add(read(rows));
        }

        return items;
    }

    private static ValidationRow RowOf(SqliteStatement row) => new(
        row.Text(0), row.Int64(1), row.Int64(2), row.Int64(3), row.Double(4), row.Double(5), row.Int64(6), row.Int64(7), UnixMicroseconds.ToInstant(row.Int64(8)));

    private static ValidationSummary SummaryOf(SqliteStatement row) => new(
        row.Text(0), row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4), row.Double(5), row.Double(6), row.Int64(7), row.Int64(8),
        UnixMicroseconds.ToInstant(row.Int64(9)));
}
