using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Deletes what is past its keep time. Events and samples go by whole days, which costs the same whatever is in them; the rest in steps of
/// at most <see cref="RowsPerStep"/> rows.
/// </summary>
internal sealed class Pruner(ILogger log)
{
    private const int RowsPerStep = 5_000;

    // What is received on a day may lie a day ahead of it, as far as the intake lets clocks be wrong.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromDays(1);

    private const string SelectOldest = "SELECT partition_name, count(*) OVER () FROM holdfast.partitions WHERE table_name = $1 AND end_day <= $2 ORDER BY day LIMIT 1";

    private const string DropPartition = "SELECT holdfast.drop_partition($1, $2)";

    private const string RaiseSamplesFrom = "UPDATE holdfast.store SET samples_from = $1 WHERE samples_from IS NULL OR samples_from < $1";
    private const string RaiseMinutesFrom = "UPDATE holdfast.store SET minutes_from = $1 WHERE minutes_from IS NULL OR minutes_from < $1";

    private const string DeleteMinutes =
        "DELETE FROM monitoring.rollup_1min WHERE ctid = ANY (ARRAY(SELECT ctid FROM monitoring.rollup_1min WHERE start_at < $1 LIMIT $2))";

    private const string DeleteHours =
        "DELETE FROM monitoring.rollup_1hour WHERE ctid = ANY (ARRAY(SELECT ctid FROM monitoring.rollup_1hour WHERE start_at < $1 LIMIT $2))";

    private const string DeleteValidation =
        "DELETE FROM monitoring.validation_metrics WHERE id IN (SELECT id FROM monitoring.validation_metrics WHERE flush_timestamp < $1 ORDER BY flush_timestamp LIMIT $2)";

    // Recovered ones are counted as stored, discarded ones as discarded already.
    private const string DeleteDeadLetters =
        """
        WITH gone AS (
          DELETE FROM monitoring.dead_letter_queue
          WHERE id IN (SELECT id FROM monitoring.dead_letter_queue WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)
          RETURNING spool_id, kind, row_count, status
        ), sums AS (
          SELECT spool_id, coalesce(sum(row_count) FILTER (WHERE kind = 'event'), 0) AS events, coalesce(sum(row_count) FILTER (WHERE kind = 'sample'), 0) AS samples
          FROM gone WHERE status IN ('pending', 'retrying', 'failed') GROUP BY spool_id
        ), counted AS (
          UPDATE holdfast.spool_totals t SET
            events_dead_lettered = t.events_dead_lettered - s.events, events_discarded = t.events_discarded + s.events,
            samples_dead_lettered = t.samples_dead_lettered - s.samples, samples_discarded = t.samples_discarded + s.samples
          FROM sums s WHERE t.spool_id = s.spool_id
        )
        SELECT count(*) FROM gone
        """;

    // A series in use says so once a day; two days more cover clocks that differ.
    private const string DeleteSeries =
        """
        DELETE FROM monitoring.series s
        WHERE s.last_used_on < $1::date - 2
          AND NOT EXISTS (SELECT FROM monitoring.samples r WHERE r.series_id = s.series_id)
          AND NOT EXISTS (SELECT FROM monitoring.rollup_1min r WHERE r.series_id = s.series_id)
          AND NOT EXISTS (SELECT FROM monitoring.rollup_1hour r WHERE r.series_id = s.series_id)
        """;

    /// <summary>One round: a bounded step of each kind.</summary>
    public async ValueTask<PruneResult> RunAsync(NpgsqlConnection connection, RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var coverage = await RollupJob.ReadCoverageAsync(connection, cancellationToken);
        var total = await DropOldestAsync(connection, "monitoring_events", now - retention.Events, cancellationToken);
        total = Sum(total, await PruneSamplesAsync(connection, now - retention.Samples, coverage, cancellationToken));
        total = Sum(total, await PruneMinutesAsync(connection, now - retention.RollupOneMinute, coverage, cancellationToken));
        total = Sum(total, await PruneHoursAsync(connection, now - retention.RollupOneHour, cancellationToken));
        total = Sum(total, await DeleteAsync(connection, DeleteValidation, now - retention.Validation, cancellationToken));
        var letters = await connection.ScalarAsync<long>(
            DeleteDeadLetters, cancellationToken, (now - retention.DeadLetters).UtcDateTime, RowsPerStep);
        return Sum(total, new PruneResult(letters, More: letters >= RowsPerStep));
    }

    // Nothing is deleted that its rollup does not hold yet, and queries turn to the rollup before the first row goes.
    private async ValueTask<PruneResult> PruneSamplesAsync(
        NpgsqlConnection connection, DateTimeOffset horizon, RollupCoverage coverage, CancellationToken cancellationToken)
    {
        var cut = WholeHour(horizon, coverage.MinutesUpTo);
        await connection.ExecuteAsync(RaiseSamplesFrom, cancellationToken, cut.UtcDateTime);
        return await DropOldestAsync(connection, "samples", cut, cancellationToken);
    }

    private static async ValueTask<PruneResult> PruneMinutesAsync(
        NpgsqlConnection connection, DateTimeOffset horizon, RollupCoverage coverage, CancellationToken cancellationToken)
    {
        var cut = WholeHour(horizon, coverage.HoursUpTo);
        await connection.ExecuteAsync(RaiseMinutesFrom, cancellationToken, cut.UtcDateTime);
        return await DeleteAsync(connection, DeleteMinutes, cut, cancellationToken);
    }

    private static async ValueTask<PruneResult> PruneHoursAsync(NpgsqlConnection connection, DateTimeOffset horizon, CancellationToken cancellationToken)
    {
        var hours = await DeleteAsync(connection, DeleteHours, WholeHour(horizon, long.MaxValue), cancellationToken);
        if (!hours.More)
        {
            await connection.ExecuteAsync(DeleteSeries, cancellationToken, PgTime.DayOf(horizon));
        }

        return hours;
    }

    /// <summary>Drops the oldest day that is past its keep time altogether. One that cannot be had at once stays for the next round.</summary>
    private async ValueTask<PruneResult> DropOldestAsync(
        NpgsqlConnection connection, string table, DateTimeOffset horizon, CancellationToken cancellationToken)
    {
        var oldest = await connection.QueryAsync(
            SelectOldest, row => (Name: row.GetString(0), Count: row.GetInt64(1)), cancellationToken, table, PgTime.DayOf(horizon - ClockTolerance));
        if (oldest is not [var (name, count)])
        {
            return new PruneResult(0, More: false);
        }

        try
        {
            return new PruneResult(await connection.ScalarAsync<long>(DropPartition, cancellationToken, table, name), More: count > 1);
        }
        catch (PostgresException fault) when (fault.SqlState == SqlStates.LockNotAvailable)
        {
            StoreLog.PartitionInUse(log, name, fault.MessageText);
            return new PruneResult(0, More: false);
        }
    }

    private static async ValueTask<PruneResult> DeleteAsync(NpgsqlConnection connection, string sql, DateTimeOffset horizon, CancellationToken cancellationToken)
    {
        var deleted = await connection.ExecuteAsync(sql, cancellationToken, horizon.UtcDateTime, RowsPerStep);
        return new PruneResult(deleted, More: deleted >= RowsPerStep);
    }

    private static DateTimeOffset WholeHour(DateTimeOffset horizon, long upToMilliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(
        RollupWidth.Floor(Math.Min(horizon.ToUnixTimeMilliseconds(), upToMilliseconds), RollupWidth.HourMilliseconds));

    private static PruneResult Sum(PruneResult left, PruneResult right) => new(left.RowsDeleted + right.RowsDeleted, left.More || right.More);
}
