using System.Data;
using System.Text.Json;
using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>Answers charts: finds the series, and folds rollups and raw samples into points.</summary>
internal static class SeriesReader
{
    private const string SelectSeries =
        "SELECT name, labels::text, unit, kind FROM monitoring.series WHERE name = $1 AND labels @> $2::jsonb ORDER BY labels, series_id LIMIT $3";

    private const string KeepDays = "LOCK TABLE ONLY monitoring.samples IN ACCESS SHARE MODE";

    public static async ValueTask<IReadOnlyList<SeriesResult>> QueryAsync(NpgsqlConnection connection, SeriesQuery query, CancellationToken cancellationToken)
    {
        var step = (long)query.Step.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1000, nameof(query));

        var from = RollupWidth.Floor(query.Since.ToUnixTimeMilliseconds(), step);
        var to = RollupWidth.Floor(query.Until.ToUnixTimeMilliseconds() - 1, step) + step;
        if (to <= from)
        {
            return [];
        }

        // One view for all parts of the answer: what is rolled up meanwhile is neither missed nor seen twice. It begins behind the lock, so no day
        // that it counts on is dropped.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await connection.ExecuteAsync(KeepDays, cancellationToken);
        var found = await FindSeriesAsync(connection, query, cancellationToken);
        var folds = found.ToDictionary(series => series.Id, _ => new StepFold(step, query.Aggregation, from));

        // One step more at the front: a rate begins at the last sample before the first point.
        var plan = RollupPlan.For(step, from - step, to, await RollupJob.ReadCoverageAsync(connection, cancellationToken));
        foreach (var segment in plan)
        {
            foreach (var (seriesId, bucket) in await ReadAsync(connection, [.. folds.Keys], segment, cancellationToken))
            {
                folds[seriesId].Add(bucket);
            }
        }

        return [.. found.Select(series => new SeriesResult(series, query.Step, folds[series.Id].Finish()))];
    }

    private static async ValueTask<List<SeriesDefinition>> FindSeriesAsync(NpgsqlConnection connection, SeriesQuery query, CancellationToken cancellationToken)
    {
        using var json = new JsonColumn();
        return await connection.QueryAsync(
            SelectSeries,
            row => SeriesDefinition.Create(row.GetString(0), json.Canonical(row.GetString(1)), row.GetString(2), SeriesCatalog.KindOf(row.GetString(3))),
            cancellationToken,
            query.Name,
            JsonSerializer.Serialize(query.Labels),
            query.SeriesMax);
    }

    private static ValueTask<List<SeriesBucket>> ReadAsync(
        NpgsqlConnection connection, long[] seriesIds, RollupSegment segment, CancellationToken cancellationToken)
    {
        var (from, to) = (segment.FromMilliseconds, segment.ToMilliseconds);
        return segment.WidthMilliseconds switch
        {
            RollupWidth.HourMilliseconds => RollupTable.Hours.ReadAsync(connection, seriesIds, from, to, cancellationToken),
            RollupWidth.MinuteMilliseconds => RollupTable.Minutes.ReadAsync(connection, seriesIds, from, to, cancellationToken),
            _ => RollupTable.ReadSamplesAsync(connection, seriesIds, from, to, cancellationToken),
        };
    }
}
