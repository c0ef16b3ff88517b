using Holdfast.Pipeline;
using Holdfast.Postgres.Database;
using Npgsql;

namespace Holdfast.Postgres.Store;

/// <summary>A bucket of one series.</summary>
internal readonly record struct SeriesBucket(long SeriesId, RollupBucket Bucket);

/// <summary>The two tables of buckets, which differ in their width alone, and what they are made from.</summary>
internal sealed class RollupTable
{
    private const string SelectSamples =
        """
        SELECT DISTINCT ON (series_id, "timestamp") series_id, "timestamp", value FROM monitoring.samples
        WHERE series_id = ANY($1) AND "timestamp" >= $2 AND "timestamp" < $3
        ORDER BY series_id, "timestamp", spool_key DESC, batch_seq DESC, row DESC
        """;

    private const string BucketColumns = "count, total, smallest, largest, first, last, first_at, last_at, growth";

    private readonly string _select;
    private readonly string _upsert;

    private RollupTable(string name, long widthMilliseconds, string keptFromColumn, string selectSources)
    {
        WidthMilliseconds = widthMilliseconds;
        SelectSources = selectSources;
        _select = $"SELECT series_id, {BucketColumns} FROM monitoring.{name} WHERE series_id = ANY($1) AND start_at >= $2 AND start_at < $3 ORDER BY series_id, start_at";

        // Late data for a time whose sources are deleted: the bucket there knows more than what is left to make it from, and stays.
        _upsert =
            $"""
            INSERT INTO monitoring.{name} AS kept (series_id, start_at, {BucketColumns})
            SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::double precision[], $5::double precision[], $6::double precision[],
              $7::double precision[], $8::double precision[], $9::timestamptz[], $10::timestamptz[], $11::double precision[])
            ON CONFLICT (series_id, start_at) DO UPDATE SET
              count = excluded.count, total = excluded.total, smallest = excluded.smallest, largest = excluded.largest,
              first = excluded.first, last = excluded.last, first_at = excluded.first_at, last_at = excluded.last_at, growth = excluded.growth
            WHERE kept.start_at >= coalesce((SELECT {keptFromColumn} FROM holdfast.store), '-infinity')
            """;
    }

    public static RollupTable Minutes { get; } = new(
        "rollup_1min", RollupWidth.MinuteMilliseconds, "samples_from",
        """
        SELECT d.place, s."timestamp", s.value FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS d (series_id, start_at, place)
        CROSS JOIN LATERAL (
          SELECT DISTINCT ON (r."timestamp") r."timestamp", r.value FROM monitoring.samples r
          WHERE r.series_id = d.series_id AND r."timestamp" >= d.start_at AND r."timestamp" < d.start_at + interval '1 minute'
          ORDER BY r."timestamp", r.spool_key DESC, r.batch_seq DESC, r.row DESC) s
        ORDER BY d.place, s."timestamp"
        """);

    public static RollupTable Hours { get; } = new(
        "rollup_1hour", RollupWidth.HourMilliseconds, "minutes_from",
        """
        SELECT d.place, m.count, m.total, m.smallest, m.largest, m.first, m.last, m.first_at, m.last_at, m.growth
        FROM unnest($1::bigint[], $2::timestamptz[]) WITH ORDINALITY AS d (series_id, start_at, place)
        JOIN monitoring.rollup_1min m ON m.series_id = d.series_id AND m.start_at >= d.start_at AND m.start_at < d.start_at + interval '1 hour'
        ORDER BY d.place, m.start_at
        """);

    public long WidthMilliseconds { get; }

    /// <summary>Selects what buckets are made from: the place of the bucket among those asked for (from 1), then a sample or a bucket, in order.</summary>
    public string SelectSources { get; }

    /// <summary>The buckets that start within the time, by series and in order.</summary>
    public ValueTask<List<SeriesBucket>> ReadAsync(
        NpgsqlConnection connection, long[] seriesIds, long from, long to, CancellationToken cancellationToken) =>
        connection.QueryAsync(
            _select, row => new SeriesBucket(row.GetInt64(0), ReadBucket(row, 1)), cancellationToken, seriesIds, PgTime.Of(from), PgTime.Of(to));

    /// <summary>The samples within the time as buckets of one sample each, by series and in order; of equal times only the one written last.</summary>
    public static ValueTask<List<SeriesBucket>> ReadSamplesAsync(
        NpgsqlConnection connection, long[] seriesIds, long from, long to, CancellationToken cancellationToken) =>
        connection.QueryAsync(
            SelectSamples, row => new SeriesBucket(row.GetInt64(0), ReadSample(row, 1)), cancellationToken, seriesIds, PgTime.Of(from), PgTime.Of(to));

    public async ValueTask PutAsync(
        NpgsqlConnection connection, IReadOnlyList<(long SeriesId, long Start, RollupBucket Bucket)> buckets, CancellationToken cancellationToken)
    {
        T[] Column<T>(Func<(long SeriesId, long Start, RollupBucket Bucket), T> value) => [.. buckets.Select(value)];
        await connection.ExecuteAsync(
            _upsert,
            cancellationToken,
            Column(b => b.SeriesId), Column(b => PgTime.Of(b.Start)), Column(b => b.Bucket.Count), Column(b => b.Bucket.Total),
            Column(b => b.Bucket.Smallest), Column(b => b.Bucket.Largest), Column(b => b.Bucket.First), Column(b => b.Bucket.Last),
            Column(b => PgTime.Of(b.Bucket.FirstAtMilliseconds)), Column(b => PgTime.Of(b.Bucket.LastAtMilliseconds)), Column(b => b.Bucket.Growth));
    }

    public RollupBucket ReadSource(NpgsqlDataReader row, int column) => this == Minutes ? ReadSample(row, column) : ReadBucket(row, column);

    private static RollupBucket ReadSample(NpgsqlDataReader row, int column) =>
        RollupBucket.Of(PgTime.UnixMillisecondsOf(row.GetDateTime(column)), row.GetDouble(column + 1));

    private static RollupBucket ReadBucket(NpgsqlDataReader row, int column) => new()
    {
        Count = row.GetInt64(column),
        Total = row.GetDouble(column + 1),
        Smallest = row.GetDouble(column + 2),
        Largest = row.GetDouble(column + 3),
        First = row.GetDouble(column + 4),
        Last = row.GetDouble(column + 5),
        FirstAtMilliseconds = PgTime.UnixMillisecondsOf(row.GetDateTime(column + 6)),
        LastAtMilliseconds = PgTime.UnixMillisecondsOf(row.GetDateTime(column + 7)),
        Growth = row.GetDouble(column + 8),
    };
}
