using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>The few values a store keeps about itself.</summary>
internal static class StoreMeta
{
    /// <summary>Raw samples before this time (milliseconds) are deleted.</summary>
    public const string SamplesFrom = "samples_from_ms";

    /// <summary>Buckets of one minute before this time are deleted.</summary>
    public const string MinutesFrom = "rollup_1min_from_ms";

    public static Guid ReadStoreId(SqliteDatabase database)
    {
        using var row = database.Prepare("SELECT value FROM store_meta WHERE key = 'store_id'");
        return row.Step() ? Guid.ParseExact(row.Text(0), "N") : throw new InvalidOperationException("The store has no id.");
    }

    /// <summary>A mark in milliseconds; the beginning of time when nothing was deleted yet.</summary>
    public static long ReadMark(SqliteDatabase database, string key)
    {
        using var row = database.Prepare("SELECT value FROM store_meta WHERE key = ?").Bind(1, key);
        return row.Step() ? row.Int64(0) : long.MinValue;
    }

    /// <summary>Marks only move forward: what is deleted does not come back when a keep time is made longer.</summary>
    public static void RaiseMark(SqliteDatabase database, string key, long value) => database
        .Prepare("INSERT INTO store_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)")
        .Bind(1, key).Bind(2, value).Run();
}
