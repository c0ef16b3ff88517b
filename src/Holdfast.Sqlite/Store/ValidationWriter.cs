using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>Writes validation counts once per batch id.</summary>
internal static class ValidationWriter
{
    private const string SelectHeld = "SELECT 1 FROM validation_metrics WHERE batch_id = ? LIMIT 1";

    private const string Insert =
        """
        INSERT INTO validation_metrics
          (batch_id, event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings,
           flush_timestamp, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10)
        """;

    /// <summary>False when the batch is there already; then nothing is written.</summary>
    public static bool Write(SqliteDatabase database, PendingValidation pending, DateTimeOffset flushedAt)
    {
        if (Holds(database, pending.BatchId))
        {
            return false;
        }

        foreach (var count in pending.Counts)
        {
            WriteOne(database, pending.BatchId, count, UnixMicroseconds.From(flushedAt));
        }

        return true;
    }

    private static bool Holds(SqliteDatabase database, Guid batchId)
    {
        using var held = database.Prepare(SelectHeld).Bind(1, batchId);
        return held.Step();
    }

    private static void WriteOne(SqliteDatabase database, Guid batchId, in ValidationCount count, long flushedAt)
    {
        var total = Math.Max(1, count.Total); // a type without events has a rate of 0, not of 0/0
        database.Prepare(Insert)
            .Bind(1, batchId).Bind(2, count.EventType).Bind(3, count.Total).Bind(4, count.Passed).Bind(5, count.Failed)
            .Bind(6, (double)count.Passed / total).Bind(7, count.DurationMicroseconds / 1000.0 / total)
            .Bind(8, count.Errors).Bind(9, count.Warnings).Bind(10, flushedAt)
            .Run();
    }
}
