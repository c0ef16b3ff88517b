using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Reads what the views <c>validation_metrics_recent</c> and <c>validation_metrics_summary</c> show to those who look into the database:
/// the same columns, with the caller's time in the place of the server's and bounded.
/// </summary>
internal static class ValidationReader
{
    private const string SelectRecent =
        """
        SELECT event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings, flush_timestamp
        FROM monitoring.validation_metrics WHERE flush_timestamp >= $1 ORDER BY flush_timestamp DESC, event_type COLLATE "C" LIMIT $2
        """;

    // A sum of bigint is numeric.
    private const string SelectSummary =
        """
        SELECT event_type, count(*), sum(total_events)::bigint, sum(passed_events)::bigint, sum(failed_events)::bigint, avg(pass_rate),
          avg(avg_validation_time_ms), sum(total_errors)::bigint, sum(total_warnings)::bigint, max(flush_timestamp)
        FROM monitoring.validation_metrics WHERE flush_timestamp >= $1 GROUP BY event_type ORDER BY 3 DESC, event_type COLLATE "C" LIMIT $2
        """;

    public static async ValueTask<ValidationHistory> ReadAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken) => new(
        await connection.QueryAsync(SelectRecent, RowOf, cancellationToken, (now - ValidationHistory.RecentTime).UtcDateTime, ValidationHistory.RowsMax),
        await connection.QueryAsync(SelectSummary, SummaryOf, cancellationToken, (now - ValidationHistory.SummaryTime).UtcDateTime, ValidationHistory.RowsMax));

    private static ValidationRow RowOf(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetDouble(4), row.GetDouble(5), row.GetInt64(6), row.GetInt64(7),
        row.GetFieldValue<DateTimeOffset>(8));

    private static ValidationSummary SummaryOf(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetDouble(5), row.GetDouble(6), row.GetInt64(7),
        row.GetInt64(8), row.GetFieldValue<DateTimeOffset>(9));
}
