using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>The two tables of buckets, which differ in their width alone, and what they are made from.</summary>
internal sealed class RollupTable
{
    private readonly string _select;
    private readonly string _upsert;
    private readonly string _exists;

    private RollupTable(string name, long widthMilliseconds, string keptFromKey)
    {
        WidthMilliseconds = widthMilliseconds;
        KeptFromKey = keptFromKey;
        _select = $"SELECT count, total, smallest, largest, first, last, first_ms, last_ms, growth FROM {name} WHERE series_key = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms";
        _upsert = $"INSERT OR REPLACE INTO {name} (series_key, start_ms, count, total, smallest, largest, first, last, first_ms, last_ms, growth) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        _exists = $"SELECT 1 FROM {name} WHERE series_key = ? AND start_ms = ?";
    }

    public static RollupTable Minutes { get; } = new("rollup_1min", RollupWidth.MinuteMilliseconds, StoreMeta.SamplesFrom);
    public static RollupTable Hours { get; } = new("rollup_1hour", RollupWidth.HourMilliseconds, StoreMeta.MinutesFrom);

    public long WidthMilliseconds { get; }

    /// <summary>The mark before which what this table is made from is deleted.</summary>
    public string KeptFromKey { get; }

    public bool Holds(SqliteDatabase database, long seriesKey, long start)
    {
        using var row = database.Prepare(_exists).Bind(1, seriesKey).Bind(2, start);
        return row.Step();
    }

    public void Put(SqliteDatabase database, long seriesKey, long start, in RollupBucket bucket) => database.Prepare(_upsert)
        .Bind(1, seriesKey).Bind(2, start).Bind(3, bucket.Count).Bind(4, bucket.Total).Bind(5, bucket.Smallest).Bind(6, bucket.Largest)
        .Bind(7, bucket.First).Bind(8, bucket.Last).Bind(9, bucket.FirstAtMilliseconds).Bind(10, bucket.LastAtMilliseconds).Bind(11, bucket.Growth)
        .Run();

    /// <summary>The buckets that start within the time, in order.</summary>
    public IEnumerable<RollupBucket> Read(SqliteDatabase database, long seriesKey, long from, long to)
    {
        using var rows = database.Prepare(_select).Bind(1, seriesKey).Bind(2, from).Bind(3, to);
        while (rows.Step())
        {
            yield return new RollupBucket
            {
                Count = rows.Int64(0),
                Total = rows.DoubleOrNaN(1),
                Smallest = rows.Double(2),
                Largest = rows.Double(3),
                First = rows.Double(4),
                Last = rows.Double(5),
                FirstAtMilliseconds = rows.Int64(6),
                LastAtMilliseconds = rows.Int64(7),
                Growth = rows.DoubleOrNaN(8),
            };
        }
    }
}
