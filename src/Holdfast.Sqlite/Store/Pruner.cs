using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Deletes what is past its keep time. Each step is a transaction of its own of at most <see cref="RowsPerStep"/> rows, so that the
/// flusher never waits long for the write lock. Used by the writer alone.
/// </summary>
internal sealed class Pruner(SeriesCatalog catalog)
{
    public const int RowsPerStep = 2_000;

    // An id is remembered for 24 hours after it came, also when the event itself is old enough to go.
    private const string DeleteEvents =
        """
        DELETE FROM monitoring_events WHERE position IN (
          SELECT position FROM monitoring_events INDEXED BY monitoring_events_timestamp
          WHERE timestamp < ?1 AND received_at < ?2 ORDER BY timestamp LIMIT ?3)
        """;

    private const string DeleteValidation =
        "DELETE FROM validation_metrics WHERE id IN (SELECT id FROM validation_metrics WHERE flush_timestamp < ?1 ORDER BY flush_timestamp LIMIT ?2)";

    private const string DeleteAudit = "DELETE FROM audit WHERE audit_id IN (SELECT audit_id FROM audit WHERE at < ?1 ORDER BY at, audit_id LIMIT ?2)";

    private const string SelectRolledUp =
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM rollup_1hour WHERE series_key = ?1) OR EXISTS (SELECT 1 FROM rollup_1min WHERE series_key = ?1)";

    private const string DeleteSeries = "DELETE FROM series WHERE series_key = ?";

    private readonly SeriesSweep _minutes = new("rollup_1min", "start_ms");
    private readonly SeriesSweep _hours = new("rollup_1hour", "start_ms");

    /// <summary>The steps of one call, each to be run in a transaction of its own.</summary>
    public IReadOnlyList<Func<SqliteDatabase, PruneResult>> Steps(RetentionOptions retention, DateTimeOffset now) =>
    [
        database => PruneEvents(database, now - retention.Events, now),
        database => PruneSamples(database, (now - retention.Samples).ToUnixTimeMilliseconds()),
        database => PruneMinutes(database, (now - retention.RollupOneMinute).ToUnixTimeMilliseconds()),
        database => PruneHours(database, (now - retention.RollupOneHour).ToUnixTimeMilliseconds()),
        database => Prune(database, DeleteValidation, now - retention.Validation),
        database => Prune(database, DeleteAudit, now - retention.Audit),
    ];

    private static PruneResult PruneEvents(SqliteDatabase database, DateTimeOffset horizon, DateTimeOffset now)
    {
        database.Prepare(DeleteEvents)
            .Bind(1, UnixMicroseconds.From(horizon)).Bind(2, UnixMicroseconds.From(now - TimeSpan.FromHours(24))).Bind(3, RowsPerStep).Run();
        return Deleted(database);
    }

    // Nothing is deleted that its rollup does not hold yet, and queries turn to the rollup before the first row goes.
    private static PruneResult PruneSamples(SqliteDatabase database, long horizon)
    {
        var rolledUp = RollupJob.ReadCoverage(database).MinutesUpTo;
        var cut = RollupWidth.Floor(Math.Min(horizon, rolledUp), RollupWidth.HourMilliseconds);
        StoreMeta.RaiseMark(database, StoreMeta.SamplesFrom, cut);
        var deleted = SampleTable.DeleteBefore(database, cut, RowsPerStep);
        return new PruneResult(deleted, More: deleted >= RowsPerStep);
    }

    private PruneResult PruneMinutes(SqliteDatabase database, long horizon)
    {
        var cut = RollupWidth.Floor(Math.Min(horizon, RollupJob.ReadCoverage(database).HoursUpTo), RollupWidth.HourMilliseconds);
        StoreMeta.RaiseMark(database, StoreMeta.MinutesFrom, cut);
        return _minutes.Step(database, cut, RowsPerStep);
    }

    private PruneResult PruneHours(SqliteDatabase database, long horizon) =>
        _hours.Step(database, RollupWidth.Floor(horizon, RollupWidth.HourMilliseconds), RowsPerStep, DropSeriesWhenEmpty);

    private void DropSeriesWhenEmpty(SqliteDatabase database, long seriesKey)
    {
        // Samples last: what is not rolled up at all is rarely still there, and takes a look into every minute.
        if (!IsRolledUp(database, seriesKey) && !SampleTable.Holds(database, seriesKey))
        {
            database.Prepare(DeleteSeries).Bind(1, seriesKey).Run();
            catalog.Forget();
        }
    }

    private static bool IsRolledUp(SqliteDatabase database, long seriesKey)
    {
        using var row = database.Prepare(SelectRolledUp).Bind(1, seriesKey);
        return row.Step();
    }

    private static PruneResult Prune(SqliteDatabase database, string sql, DateTimeOffset horizon)
    {
        database.Prepare(sql).Bind(1, UnixMicroseconds.From(horizon)).Bind(2, RowsPerStep).Run();
        return Deleted(database);
    }

    private static PruneResult Deleted(SqliteDatabase database) => new(database.Changes, More: database.Changes >= RowsPerStep);
}
