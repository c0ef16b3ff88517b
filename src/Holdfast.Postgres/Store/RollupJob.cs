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
    private const int MinuteMarksPerRun = 20_000;
    private const int HourMarksPerRun = 5_000;

    // One node at a time; the others find nothing to do.
    private const string TryLock = "SELECT pg_try_advisory_xact_lock(hashtextextended('holdfast.rollups', 0))";

    // The marks are taken before the samples are read, each statement with a view of its own: what is committed in between has a mark of
    // its own that is still there.
    // By place in the table: a join would read all of it once the planner thinks that many marks are due. A bucket whose marks are not all
    // among those taken is made once more by the rest.
    private const string TakeMarks =
        """
        WITH taken AS (
          DELETE FROM holdfast.rollup_marks WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM holdfast.rollup_marks
            WHERE width_seconds = $1 AND start_at <= $2 ORDER BY start_at, series_id LIMIT $3))
          RETURNING start_at, series_id
        )
        SELECT start_at, series_id, count(*) FROM taken GROUP BY start_at, series_id ORDER BY start_at, series_id
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

        var (minutes, moreMinutes) = await RefreshAsync(connection, RollupTable.Minutes, now, MinuteMarksPerRun, cancellationToken);
        await MarkHoursAsync(connection, minutes, cancellationToken);

        // An hour is worth making once its minutes are.
        return moreMinutes || (await RefreshAsync(connection, RollupTable.Hours, now, HourMarksPerRun, cancellationToken)).More;
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

    private static async ValueTask<(List<(long Start, long SeriesId)> Made, bool More)> RefreshAsync(
        NpgsqlConnection connection, RollupTable table, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        var width = TimeSpan.FromMilliseconds(table.WidthMilliseconds);
        var marks = 0L;
        var due = await connection.QueryAsync(
            TakeMarks,
            row =>
            {
                marks += row.GetInt64(2);
                return (Start: PgTime.UnixMillisecondsOf(row.GetDateTime(0)), SeriesId: row.GetInt64(1));
            },
            cancellationToken,
            (int)width.TotalSeconds,
            (now - width).UtcDateTime,
            limit);
        if (due.Count > 0)
        {
            await table.PutAsync(connection, await FoldAsync(connection, table, due, cancellationToken), cancellationToken);
        }

        return (due, marks == limit);
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
