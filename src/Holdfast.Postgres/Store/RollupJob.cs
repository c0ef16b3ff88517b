using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Makes the buckets that were marked when samples came in: minutes from samples, then hours from minutes. Each bucket is made anew from
/// everything that is there, so a late sample only marks its minute again, and a repeat changes nothing.
/// </summary>
internal static class RollupJob
{
    private const int MinutesPerRun = 1_000;
    private const int HoursPerRun = 500;

    // One node at a time; the others find nothing to do.
    private const string TryLock = "SELECT pg_try_advisory_xact_lock(hashtextextended('holdfast.rollups', 0))";

    // The marks are taken before the samples are read, each statement with a view of its own: what is committed in between has a mark of
    // its own that is still there.
    private const string TakeMarks =
        """
        WITH due AS (
          SELECT DISTINCT start_at, series_id FROM holdfast.rollup_marks
          WHERE width_seconds = $1 AND start_at <= $2 ORDER BY start_at, series_id LIMIT $3
        ), taken AS (
          DELETE FROM holdfast.rollup_marks m USING due d
          WHERE m.width_seconds = $1 AND m.start_at = d.start_at AND m.series_id = d.series_id
        )
        SELECT start_at, series_id FROM due
        """;

    private const string MarkHours =
        """
        INSERT INTO holdfast.rollup_marks (width_seconds, start_at, series_id)
        SELECT DISTINCT 3600, start_at, series_id FROM unnest($1::timestamptz[], $2::bigint[]) AS m (start_at, series_id)
        """;

    private const string SelectCoverage =
        """
        SELECT samples_from, minutes_from,
          (SELECT min(start_at) FROM holdfast.rollup_marks WHERE width_seconds = 60),
          (SELECT min(start_at) FROM holdfast.rollup_marks WHERE width_seconds = 3600)
        FROM holdfast.store
        """;

    /// <summary>Rolls up what is complete, in the transaction at hand; true when there is more to do.</summary>
    public static async ValueTask<bool> RunAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await connection.ScalarAsync<bool>(TryLock, cancellationToken))
        {
            return false;
        }

        var minutes = await RefreshAsync(connection, RollupTable.Minutes, now, MinutesPerRun, cancellationToken);
        await MarkHoursAsync(connection, minutes, cancellationToken);

        // An hour is worth making once its minutes are.
        var hours = minutes.Count == MinutesPerRun ? [] : await RefreshAsync(connection, RollupTable.Hours, now, HoursPerRun, cancellationToken);
        return minutes.Count == MinutesPerRun || hours.Count == HoursPerRun;
    }

    /// <summary>How far queries can trust which resolution.</summary>
    public static async ValueTask<RollupCoverage> ReadCoverageAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var found = await connection.QueryAsync(
            SelectCoverage,
            row => (SamplesFrom: Mark(row, 0, long.MinValue), MinutesFrom: Mark(row, 1, long.MinValue), Minute: Mark(row, 2, long.MaxValue), Hour: Mark(row, 3, long.MaxValue)),
            cancellationToken);
        var (samplesFrom, minutesFrom, minute, hour) = found.Single();

        // A minute that is not made yet is missing in its hour too, whether the hour is marked already or not.
        var hourOfMinute = minute == long.MaxValue ? minute : RollupWidth.Floor(minute, RollupWidth.HourMilliseconds);
        return new RollupCoverage(samplesFrom, minutesFrom, MinutesUpTo: minute, HoursUpTo: Math.Min(hourOfMinute, hour));
    }

    private static async ValueTask<List<(long Start, long SeriesId)>> RefreshAsync(
        NpgsqlConnection connection, RollupTable table, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var width = TimeSpan.FromMilliseconds(table.WidthMilliseconds);
        var due = await connection.QueryAsync(
            TakeMarks,
            row => (Start: PgTime.UnixMillisecondsOf(row.GetDateTime(0)), SeriesId: row.GetInt64(1)),
            cancellationToken,
            (int)width.TotalSeconds,
            (now - width).UtcDateTime,
            limit);
        if (due.Count > 0)
        {
            await table.PutAsync(connection, await FoldAsync(connection, table, due, cancellationToken), cancellationToken);
        }

        return due;
    }

    /// <summary>The buckets made anew; none for those of which nothing is left to make them from.</summary>
    private static async ValueTask<List<(long SeriesId, long Start, RollupBucket Bucket)>> FoldAsync(
        NpgsqlConnection connection, RollupTable table, List<(long Start, long SeriesId)> due, CancellationToken cancellationToken)
    {
        var sums = new RollupBucket?[due.Count];
        await connection.ReadAsync(
            table.SelectSources,
            row =>
            {
                ref var sum = ref sums[(int)row.GetInt64(0) - 1];
                var source = table.ReadSource(row, 1);
                sum = sum?.Then(source) ?? source;
                return true;
            },
            cancellationToken,
            due.ConvertAll(d => d.SeriesId).ToArray(),
            due.ConvertAll(d => PgTime.Of(d.Start)).ToArray());
        return [.. due.Zip(sums).Where(pair => pair.Second is not null).Select(pair => (pair.First.SeriesId, pair.First.Start, pair.Second!.Value))];
    }

    private static async ValueTask MarkHoursAsync(
        NpgsqlConnection connection, List<(long Start, long SeriesId)> minutes, CancellationToken cancellationToken)
    {
        if (minutes.Count > 0)
        {
            await connection.ExecuteAsync(
                MarkHours,
                cancellationToken,
                minutes.ConvertAll(m => PgTime.Of(RollupWidth.Floor(m.Start, RollupWidth.HourMilliseconds))).ToArray(),
                minutes.ConvertAll(m => m.SeriesId).ToArray());
        }
    }

    private static long Mark(NpgsqlDataReader row, int column, long none) =>
        row.IsDBNull(column) ? none : PgTime.UnixMillisecondsOf(row.GetDateTime(column));
}
