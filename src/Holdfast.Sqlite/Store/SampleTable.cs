using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// The samples as they came, clustered by minute and by series within it. A batch touches few pages then, whatever the number of its series; a
/// chart reads one range per minute, and longer times are answered by rollups.
/// </summary>
internal static class SampleTable
{
    private const string Select =
        """
        SELECT time_ms, value FROM samples
        WHERE minute_ms = ? AND series_key = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms, spool_key, position
        """;

    private const string SelectNextMinute = "SELECT min(minute_ms) FROM samples WHERE minute_ms >= ?";
    private const string SelectEarlierMinute = "SELECT max(minute_ms) FROM samples WHERE minute_ms < ?";
    private const string SelectAny = "SELECT 1 FROM samples WHERE minute_ms = ? AND series_key = ? LIMIT 1";

    private const string DeleteOldest =
        """
        DELETE FROM samples WHERE (minute_ms, series_key, time_ms, spool_key, position) IN (
          SELECT minute_ms, series_key, time_ms, spool_key, position FROM samples
          WHERE minute_ms < ?1 ORDER BY minute_ms, series_key, time_ms, spool_key, position LIMIT ?2)
        """;

    public const string Insert = "INSERT INTO samples (minute_ms, series_key, time_ms, spool_key, position, value) VALUES (?, ?, ?, ?, ?, ?)";

    public static long MinuteOf(long timeMilliseconds) => RollupWidth.Floor(timeMilliseconds, RollupWidth.MinuteMilliseconds);

    /// <summary>The samples within the time as buckets of one sample each, in order; of equal times only the one written last.</summary>
    public static IEnumerable<RollupBucket> Read(SqliteDatabase database, long seriesKey, long from, long to)
    {
        // The first minute is asked for unseen: a rollup wants one minute and knows that it is there.
        for (var minute = MinuteOf(from); minute < to; minute = NextMinute(database, minute + RollupWidth.MinuteMilliseconds))
        {
            foreach (var bucket in ReadMinute(database, minute, seriesKey, from, to))
            {
                yield return bucket;
            }

            if (minute + RollupWidth.MinuteMilliseconds >= to)
            {
                yield break;
            }
        }
    }

    /// <summary>Whether the series has any sample. The newest minutes are looked at first: a series that is in use ends the search at once.</summary>
    public static bool Holds(SqliteDatabase database, long seriesKey)
    {
        for (var minute = Minute(database, SelectEarlierMinute, long.MaxValue); minute is { } found; minute = Minute(database, SelectEarlierMinute, found))
        {
            using var row = database.Prepare(SelectAny).Bind(1, found).Bind(2, seriesKey);
            if (row.Step())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Deletes samples of minutes before the horizon, oldest first; returns how many.</summary>
    public static int DeleteBefore(SqliteDatabase database, long horizon, int rowsMax)
    {
        database.Prepare(DeleteOldest).Bind(1, horizon).Bind(2, rowsMax).Run();
        return database.Changes;
    }

    private static IEnumerable<RollupBucket> ReadMinute(SqliteDatabase database, long minute, long seriesKey, long from, long to)
    {
        using var rows = database.Prepare(Select).Bind(1, minute).Bind(2, seriesKey).Bind(3, from).Bind(4, to);
        (long Time, double Value)? waiting = null;
        while (rows.Step())
        {
            var time = rows.Int64(0);
            if (waiting is { } earlier && earlier.Time != time)
            {
                yield return RollupBucket.Of(earlier.Time, earlier.Value);
            }

            waiting = (time, rows.Double(1));
        }

        if (waiting is { } last)
        {
            yield return RollupBucket.Of(last.Time, last.Value);
        }
    }

    private static long NextMinute(SqliteDatabase database, long from) => Minute(database, SelectNextMinute, from) ?? long.MaxValue;

    private static long? Minute(SqliteDatabase database, string select, long bound)
    {
        using var row = database.Prepare(select).Bind(1, bound);
        return row.Step() ? row.Int64OrNull(0) : null;
    }
}
