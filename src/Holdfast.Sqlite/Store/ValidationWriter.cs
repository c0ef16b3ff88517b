using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;
using Holdfast.Storage;

namespace Holdfast.Sqlite.Store;

/// <summary>Writes validation counts, each type once per batch id.</summary>
internal static class ValidationWriter
{
    private const string Insert =
        """
        INSERT INTO validation_metrics
          (batch_id, event_type, total_events, passed_events, failed_events, pass_rate, avg_validation_time_ms, total_errors, total_warnings,
           flush_timestamp, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10)
        ON CONFLICT (batch_id, event_type) DO NOTHING
        RETURNING 1
        """;

    public static ValidationWriteResult Write(SqliteDatabase database, PendingValidation pending, DateTimeOffset flushedAt) =>
        new("direct", pending.Counts.Count(count => WriteOne(database, pending.BatchId, ValidationRow.Of(count, flushedAt))));

    /// <summary>False when the row is there already.</summary>
    private static bool WriteOne(SqliteDatabase database, Guid batchId, ValidationRow row)
    {
        using var insert = database.Prepare(Insert)
            .Bind(1, batchId).Bind(2, row.EventType).Bind(3, row.TotalEvents).Bind(4, row.PassedEvents).Bind(5, row.FailedEvents)
            .Bind(6, row.PassRate).Bind(7, row.AvgValidationTimeMs)
            .Bind(8, row.TotalErrors).Bind(9, row.TotalWarnings).Bind(10, UnixMicroseconds.From(row.FlushedAt));
        return insert.Step();
    }
}
