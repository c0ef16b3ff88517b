using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Deletes what is past its keep time. Events and samples go by whole days, which costs the same whatever is in them; the rest in steps of
/// at most <see cref="RowsPerStep"/> rows.
/// </summary>
internal sealed class Pruner(TimeSpan stepTimeMax, ILogger log)
{
    private const int RowsPerStep = 5_000;

    // What is received on a day may lie a day ahead of it, as far as the intake lets clocks be wrong.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromDays(1);

    private const string SelectOldest = "SELECT partition_name, count(*) OVER () FROM holdfast.partitions WHERE table_name = $1 AND end_day <= $2 ORDER BY day LIMIT 1";

    private const string DropPartition = "SELECT holdfast.drop_partition($1, $2)";

    private const string RaiseSamplesFrom = "UPDATE holdfast.store SET samples_from = $1 WHERE samples_from IS NULL OR samples_from < $1";
    private const string RaiseMinutesFrom = "UPDATE holdfast.store SET minutes_from = $1 WHERE minutes_from IS NULL OR minutes_from < $1";

    // None while an hour is to be made of some of them: what came late may have been marked since it was asked how far the hours are.
    private const string DeleteMinutes =
        """
        DELETE FROM monitoring.rollup_1min WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM monitoring.rollup_1min WHERE start_at < $1 AND NOT EXISTS (SELECT FROM holdfast.rollup_marks WHERE start_at < $1) LIMIT $2))
        """;

    private const string DeleteHours =
        "DELETE FROM monitoring.rollup_1hour WHERE ctid = ANY (ARRAY(SELECT ctid FROM monitoring.rollup_1hour WHERE start_at < $1 LIMIT $2))";

    private const string DeleteValidation =
        "DELETE FROM monitoring.validation_metrics WHERE id IN (SELECT id FROM monitoring.validation_metrics WHERE flush_timestamp < $1 ORDER BY flush_timestamp LIMIT $2)";

    // Nobody has the right to delete from the audit; the function deletes what is old, and only that.
    private const string PruneAudit = "SELECT holdfast.prune_audit($1, $2)";

    // A series in use says so once a day; two days more cover clocks that differ.
    private const string DeleteSeries =
        """
        DELETE FROM monitoring.series s
        WHERE s.last_used_on < $1::date - 2
          AND NOT EXISTS (SELECT FROM monitoring.samples r WHERE r.series_id = s.series_id)
          AND NOT EXISTS (SELECT FROM monitoring.rollup_1min r WHERE r.series_id = s.series_id)
          AND NOT EXISTS (SELECT FROM monitoring.rollup_1hour r WHERE r.series_id = s.series_id)
        """;

    /// <summary>One round: a bounded step of each kind. None while this node's clock is ahead of the database's, which all nodes share.</summary>
    public async ValueTask<PruneResult> RunAsync(PostgresDatabase database, RetentionOptions retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var round = new Round(database, stepTimeMax, cancellationToken);
        if (!await round.StepAsync((connection, token) => SharedClock.AllowsAsync(connection, now, log, token)))
        {
            return new PruneResult(0, More: false);
        }

        var coverage = await round.StepAsync(RollupJob.ReadCoverageAsync);
        var total = await DropOldestAsync(round, "monitoring_events", now - retention.Events);
        total = Sum(total, await PruneSamplesAsync(round, now - retention.Samples, coverage));
        total = Sum(total, await PruneMinutesAsync(round, now - retention.RollupOneMinute, coverage));
        total = Sum(total, await PruneHoursAsync(round, now - retention.RollupOneHour));
        total = Sum(total, await DeleteAsync(round, DeleteValidation, now - retention.Validation));
        return Sum(total, await CountedAsync(round, PruneAudit, now - retention.Audit));
    }

    // Nothing is deleted that its rollup does not hold yet, and queries turn to the rollup before the first row goes.
    private async ValueTask<PruneResult> PruneSamplesAsync(Round round, DateTimeOffset horizon, RollupCoverage coverage)
    {
        var cut = WholeHour(horizon, coverage.MinutesUpTo);
        await round.ExecuteAsync(RaiseSamplesFrom, cut.UtcDateTime);
        return await DropOldestAsync(round, "samples", cut);
    }

    private static async ValueTask<PruneResult> PruneMinutesAsync(Round round, DateTimeOffset horizon, RollupCoverage coverage)
    {
        var cut = WholeHour(horizon, coverage.HoursUpTo);
        await round.ExecuteAsync(RaiseMinutesFrom, cut.UtcDateTime);
        return await DeleteAsync(round, DeleteMinutes, cut);
    }

    private static async ValueTask<PruneResult> PruneHoursAsync(Round round, DateTimeOffset horizon)
    {
        var hours = await DeleteAsync(round, DeleteHours, WholeHour(horizon, long.MaxValue));
        if (!hours.More)
        {
            await round.ExecuteAsync(DeleteSeries, PgTime.DayOf(horizon));
        }

        return hours;
    }

    /// <summary>Drops the oldest day that is past its keep time altogether. One that cannot be had at once stays for the next round.</summary>
    private async ValueTask<PruneResult> DropOldestAsync(Round round, string table, DateTimeOffset horizon)
    {
        var oldest = await round.StepAsync((connection, token) => connection.QueryAsync(
            SelectOldest, row => (Name: row.GetString(0), Count: row.GetInt64(1)), token, table, PgTime.DayOf(horizon - ClockTolerance)));
        if (oldest is not [var (name, count)])
        {
            return new PruneResult(0, More: false);
        }

        var dropped = await round.OfUnknownLengthAsync((connection, token) => TryDropAsync(connection, table, name, token));
        return dropped is { } rows ? new PruneResult(rows, More: count > 1) : new PruneResult(0, More: false);
    }

    private async ValueTask<long?> TryDropAsync(NpgsqlConnection connection, string table, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ScalarAsync<long>(DropPartition, cancellationToken, table, name);
        }
        catch (PostgresException fault) when (fault.SqlState == SqlStates.LockNotAvailable)
        {
            StoreLog.PartitionInUse(log, name, fault.MessageText);
            return null;
        }
    }

    private static async ValueTask<PruneResult> DeleteAsync(Round round, string sql, DateTimeOffset horizon)
    {
        var deleted = await round.ExecuteAsync(sql, horizon.UtcDateTime, RowsPerStep);
        return new PruneResult(deleted, More: deleted >= RowsPerStep);
    }

    /// <summary>As <see cref="DeleteAsync"/>, for SQL that says itself how many rows it deleted.</summary>
    private static async ValueTask<PruneResult> CountedAsync(Round round, string sql, DateTimeOffset horizon)
    {
        var deleted = await round.StepAsync((connection, token) => connection.ScalarAsync<long>(sql, token, horizon.UtcDateTime, RowsPerStep));
        return new PruneResult(deleted, More: deleted >= RowsPerStep);
    }

    private static DateTimeOffset WholeHour(DateTimeOffset horizon, long upToMilliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(
        RollupWidth.Floor(Math.Min(horizon.ToUnixTimeMilliseconds(), upToMilliseconds), RollupWidth.HourMilliseconds));

    private static PruneResult Sum(PruneResult left, PruneResult right) => new(left.RowsDeleted + right.RowsDeleted, left.More || right.More);

    /// <summary>The database as a round uses it: every step has its own limit, so that a server that says nothing ends the round and not retention.</summary>
    private readonly record struct Round(PostgresDatabase Database, TimeSpan StepTimeMax, CancellationToken Token)
    {
        public ValueTask<T> StepAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work) => Database.RunAsync(StepTimeMax, work, Token);

        /// <summary>For a whole partition: one that is cut short would begin anew for ever.</summary>
        public ValueTask<T> OfUnknownLengthAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> work) =>
            Database.RunAsync(Timeout.InfiniteTimeSpan, work, Token);

        public ValueTask<int> ExecuteAsync(string sql, params object?[] parameters) =>
            StepAsync((connection, token) => connection.ExecuteAsync(sql, token, parameters));
    }
}
