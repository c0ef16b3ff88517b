using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>
/// Makes the buckets that were marked when samples came in: minutes from samples, then hours from minutes. Each bucket is made anew from
/// everything that is there, so a late sample only marks its minute again, and a repeat changes nothing.
/// </summary>
internal static class RollupJob
{
    // At 60 samples a bucket: some 20 ms with the write lock.
    private const int MinutesPerRun = 1_000;
    private const int HoursPerRun = 500;

    private const string SelectMarked =
        "SELECT start_ms, series_key FROM rollup_dirty WHERE width_ms = ?1 AND start_ms <= ?2 ORDER BY start_ms, series_key LIMIT ?3";

    private const string Mark = "INSERT INTO rollup_dirty (width_ms, start_ms, series_key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    private const string Unmark = "DELETE FROM rollup_dirty WHERE width_ms = ? AND start_ms = ? AND series_key = ?";
    private const string SelectOldestMark = "SELECT min(start_ms) FROM rollup_dirty WHERE width_ms = ?";

    /// <summary>Rolls up what is complete; true when there is more to do.</summary>
    public static bool Run(SqliteDatabase database, long nowMilliseconds)
    {
        var minutes = TakeMarked(database, RollupTable.Minutes, nowMilliseconds, MinutesPerRun);
        foreach (var (start, seriesKey) in minutes)
        {
            Refresh(database, RollupTable.Minutes, seriesKey, start);
            database.Prepare(Mark).Bind(1, RollupWidth.HourMilliseconds).Bind(2, RollupWidth.Floor(start, RollupWidth.HourMilliseconds)).Bind(3, seriesKey).Run();
        }

        if (minutes.Count == MinutesPerRun)
        {
            return true; // an hour is worth making once its minutes are
        }

        var hours = TakeMarked(database, RollupTable.Hours, nowMilliseconds, HoursPerRun);
        foreach (var (start, seriesKey) in hours)
        {
            Refresh(database, RollupTable.Hours, seriesKey, start);
        }

        return hours.Count == HoursPerRun;
    }

    /// <summary>How far queries can trust which resolution.</summary>
    public static RollupCoverage ReadCoverage(SqliteDatabase database)
    {
        var minute = OldestMark(database, RollupWidth.MinuteMilliseconds);
        // A minute that is not made yet is missing in its hour too, whether the hour is marked already or not.
        var hour = minute == long.MaxValue ? minute : RollupWidth.Floor(minute, RollupWidth.HourMilliseconds);
        return new RollupCoverage(
            SamplesFrom: StoreMeta.ReadMark(database, StoreMeta.SamplesFrom),
            MinutesFrom: StoreMeta.ReadMark(database, StoreMeta.MinutesFrom),
            MinutesUpTo: minute,
            HoursUpTo: Math.Min(hour, OldestMark(database, RollupWidth.HourMilliseconds)));
    }

    private static List<(long Start, long SeriesKey)> TakeMarked(SqliteDatabase database, RollupTable table, long now, int limit)
    {
        var marked = new List<(long Start, long SeriesKey)>();
        using var rows = database.Prepare(SelectMarked).Bind(1, table.WidthMilliseconds).Bind(2, now - table.WidthMilliseconds).Bind(3, limit);
        while (rows.Step())
        {
            marked.Add((rows.Int64(0), rows.Int64(1)));
        }

        return marked;
    }

    private static void Refresh(SqliteDatabase database, RollupTable table, long seriesKey, long start)
    {
        // Late data for a time whose sources are deleted: the bucket there knows more than what is left to make it from.
        var keepOld = start < StoreMeta.ReadMark(database, table.KeptFromKey) && table.Holds(database, seriesKey, start);
        if (!keepOld && Fold(ReadSources(database, table, seriesKey, start)) is { } bucket)
        {
            table.Put(database, seriesKey, start, bucket);
        }

        database.Prepare(Unmark).Bind(1, table.WidthMilliseconds).Bind(2, start).Bind(3, seriesKey).Run();
    }

    private static IEnumerable<RollupBucket> ReadSources(SqliteDatabase database, RollupTable table, long seriesKey, long start) =>
        table == RollupTable.Minutes
            ? SampleTable.Read(database, seriesKey, start, start + table.WidthMilliseconds)
            : RollupTable.Minutes.Read(database, seriesKey, start, start + table.WidthMilliseconds);

    private static RollupBucket? Fold(IEnumerable<RollupBucket> buckets)
    {
        RollupBucket? sum = null;
        foreach (var bucket in buckets)
        {
            sum = sum?.Then(bucket) ?? bucket;
        }

        return sum;
    }

    private static long OldestMark(SqliteDatabase database, long width)
    {
        using var row = database.Prepare(SelectOldestMark).Bind(1, width);
        return row.Step() && !row.IsNull(0) ? row.Int64(0) : long.MaxValue;
    }
}
