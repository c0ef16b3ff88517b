using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>Answers charts: finds the series, and folds rollups and raw samples into points.</summary>
internal static class SeriesReader
{
    // Every wanted label is among the series' labels.
    private const string SelectSeries =
        """
        SELECT series_key, name, labels, unit, kind FROM series
        WHERE name = ?1 AND NOT EXISTS (
          SELECT 1 FROM json_each(?2) wanted
          WHERE NOT EXISTS (SELECT 1 FROM json_each(series.labels) had WHERE had.key = wanted.key AND had.value = wanted.value))
        ORDER BY labels LIMIT ?3
        """;

    public static IReadOnlyList<SeriesResult> Query(SqliteDatabase database, SeriesQuery query)
    {
        var step = (long)query.Step.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1000, nameof(query));

        var from = RollupWidth.Floor(query.Since.ToUnixTimeMilliseconds(), step);
        var to = RollupWidth.Floor(query.Until.ToUnixTimeMilliseconds() - 1, step) + step;
        if (to <= from)
        {
            return [];
        }

        // One step more at the front: a rate begins at the last sample before the first point.
        var plan = RollupPlan.For(step, from - step, to, RollupJob.ReadCoverage(database));
        return [.. FindSeries(database, query).Select(found => new SeriesResult(found.Series, query.Step, Fold(database, found.Key, plan, step, query.Aggregation, from)))];
    }

    private static List<(long Key, SeriesDefinition Series)> FindSeries(SqliteDatabase database, SeriesQuery query)
    {
        var found = new List<(long Key, SeriesDefinition Series)>();
        using var rows = database.Prepare(SelectSeries)
            .Bind(1, query.Name).Bind(2, JsonSerializer.Serialize(query.Labels)).Bind(3, query.SeriesMax);
        while (rows.Step())
        {
            found.Add((rows.Int64(0), SeriesDefinition.Create(rows.Text(1), rows.Text(2), rows.Text(3), (SeriesKind)rows.Int64(4))));
        }

        return found;
    }

    private static IReadOnlyList<(long UnixMilliseconds, double Value)> Fold(
        SqliteDatabase database, long seriesKey, IReadOnlyList<RollupSegment> plan, long step, Aggregation aggregation, long firstPoint)
    {
        var fold = new StepFold(step, aggregation, firstPoint);
        foreach (var bucket in plan.SelectMany(segment => Read(database, seriesKey, segment)))
        {
            fold.Add(bucket);
        }

        return fold.Finish();
    }

    private static IEnumerable<RollupBucket> Read(SqliteDatabase database, long seriesKey, RollupSegment segment) => segment.WidthMilliseconds switch
    {
        RollupWidth.HourMilliseconds => RollupTable.Hours.Read(database, seriesKey, segment.FromMilliseconds, segment.ToMilliseconds),
        RollupWidth.MinuteMilliseconds => RollupTable.Minutes.Read(database, seriesKey, segment.FromMilliseconds, segment.ToMilliseconds),
        _ => SampleTable.Read(database, seriesKey, segment.FromMilliseconds, segment.ToMilliseconds),
    };
}
