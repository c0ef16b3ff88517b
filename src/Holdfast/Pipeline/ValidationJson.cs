using System.Text.Json;

namespace Holdfast.Pipeline;

/// <summary>Validation metrics on the wire, under the names of the store's columns.</summary>
internal static class ValidationJson
{
    /// <summary>A type's counts since the process started; <c>last_updated</c> in the place of the flush.</summary>
    public static void Write(Utf8JsonWriter json, TypeValidation type)
    {
        json.WriteStartObject();
        WriteCounts(json, ValidationRow.Of(type.Counts, type.LastUpdatedAt));
        json.WriteString("last_updated"u8, type.LastUpdatedAt.UtcDateTime);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ValidationRow row)
    {
        json.WriteStartObject();
        WriteCounts(json, row);
        json.WriteString("flush_timestamp"u8, row.FlushedAt.UtcDateTime);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ValidationSummary type)
    {
        json.WriteStartObject();
        json.WriteString("event_type"u8, type.EventType);
        json.WriteNumber("flush_count"u8, type.FlushCount);
        json.WriteNumber("total_events"u8, type.TotalEvents);
        json.WriteNumber("total_passed"u8, type.TotalPassed);
        json.WriteNumber("total_failed"u8, type.TotalFailed);
        json.WriteNumber("avg_pass_rate"u8, type.AvgPassRate);
        json.WriteNumber("avg_validation_time"u8, type.AvgValidationTimeMs);
        json.WriteNumber("total_errors"u8, type.TotalErrors);
        json.WriteNumber("total_warnings"u8, type.TotalWarnings);
        json.WriteString("last_flush"u8, type.LastFlushAt.UtcDateTime);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ValidationFlush flush)
    {
        json.WriteStartObject();
        json.WriteBoolean("flushed"u8, flush.Flushed);
        json.WriteNumber("rows"u8, flush.Rows);
        json.WriteString("approach"u8, flush.Approach);

        // No count is ever refused for what it is: the texts have no limits in the store, and what cannot be written waits.
        json.WriteNumber("dead_lettered"u8, 0);
        json.WriteNumber("spooled"u8, flush.Spooled);
        json.WriteNumber("duration_ms"u8, Math.Round(flush.Duration.TotalMilliseconds, 3));
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, ValidationRow row)
    {
        json.WriteString("event_type"u8, row.EventType);
        json.WriteNumber("total_events"u8, row.TotalEvents);
        json.WriteNumber("passed_events"u8, row.PassedEvents);
        json.WriteNumber("failed_events"u8, row.FailedEvents);
        json.WriteNumber("pass_rate"u8, row.PassRate);
        json.WriteNumber("avg_validation_time_ms"u8, row.AvgValidationTimeMs);
        json.WriteNumber("total_errors"u8, row.TotalErrors);
        json.WriteNumber("total_warnings"u8, row.TotalWarnings);
    }
}
