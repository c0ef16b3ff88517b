using Holdfast.Rollout;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Flags;

/// <summary>What was measured of variants.</summary>
internal static class FlagSampleTable
{
    private const string Insert =
        "INSERT INTO flag_samples (batch_id, name, variant, at, requests, errors, latencies) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

    public static void Add(SqliteDatabase database, Guid id, IReadOnlyList<FlagSample> samples, DateTimeOffset now)
    {
        foreach (var sample in samples)
        {
            database.Prepare(Insert).Bind(1, id).Bind(2, sample.Flag).Bind(3, sample.Variant).Bind(4, UnixMicroseconds.From(now))
                .Bind(5, sample.Requests).Bind(6, sample.Errors).Bind(7, sample.Latencies.ToString()).Run();
        }
    }

    public static IReadOnlyList<FlagSample> Read(SqliteDatabase database, string flag, DateTimeOffset since)
    {
        using var rows = database.Prepare("SELECT variant, requests, errors, latencies, at FROM flag_samples WHERE name = ? AND at >= ? ORDER BY at")
            .Bind(1, flag).Bind(2, UnixMicroseconds.From(since));
        var samples = new List<FlagSample>();
        while (rows.Step())
        {
            samples.Add(new FlagSample(flag, rows.Text(0), rows.Int64(1), rows.Int64(2), LatencyHistogram.Parse(rows.Text(3))) { At = UnixMicroseconds.ToInstant(rows.Int64(4)) });
        }

        return samples;
    }

    public static void Prune(SqliteDatabase database, DateTimeOffset before) =>
        database.Prepare("DELETE FROM flag_samples WHERE at < ?").Bind(1, UnixMicroseconds.From(before)).Run();
}
