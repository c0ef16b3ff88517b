using Holdfast.Monitoring;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Realtime.Changes;

/// <summary>The tables whose changes are told, by the names that they have in PostgreSQL, whatever the store is.</summary>
internal static class MonitoringTables
{
    private const string Schema = "monitoring";

    /// <summary>
    /// Events, as soon as they are durable. Told is what the table will hold but for its <c>data_text</c>, which is about the spelling of numbers.
    /// </summary>
    public static readonly ChangeTable Events = new(
        Schema,
        "monitoring_events",
        [
            new("id", ColumnType.Uuid),
            new("event_type", ColumnType.Text),
            new("timestamp", ColumnType.Instant),
            new("source", ColumnType.Text),
            new("data", ColumnType.Json),
            new("metadata", ColumnType.Json),
            new("category", ColumnType.Text),
            new("epoch", ColumnType.Uuid),
            new("sequence_id", ColumnType.Int8),
            new("received_at", ColumnType.Instant),
            new("received_on", ColumnType.Date),
        ],
        ["id"]);

    /// <summary>Counts of validation, when they were moved to the store. What only the store knows (id, created_at, updated_at) is not told.</summary>
    public static readonly ChangeTable Validation = new(
        Schema,
        "validation_metrics",
        [
            new("batch_id", ColumnType.Uuid),
            new("event_type", ColumnType.Text),
            new("total_events", ColumnType.Int8),
            new("passed_events", ColumnType.Int8),
            new("failed_events", ColumnType.Int8),
            new("pass_rate", ColumnType.Float8),
            new("avg_validation_time_ms", ColumnType.Float8),
            new("total_errors", ColumnType.Int8),
            new("total_warnings", ColumnType.Int8),
            new("flush_timestamp", ColumnType.Instant),
        ],
        ["batch_id", "event_type"]);

    /// <summary>Rows that the store refused, without their bytes and leases.</summary>
    public static readonly ChangeTable DeadLetters = new(
        Schema,
        "dead_letter_queue",
        [
            new("id", ColumnType.Int8),
            new("original_payload", ColumnType.Json),
            new("failure_reason", ColumnType.Text),
            new("retry_count", ColumnType.Int4),
            new("max_retries", ColumnType.Int4),
            new("created_at", ColumnType.Instant),
            new("status", ColumnType.Varchar),
            new("kind", ColumnType.Text),
            new("row_count", ColumnType.Int4),
            new("spool_id", ColumnType.Uuid),
            new("batch_seq", ColumnType.Int8),
            new("row", ColumnType.Int4),
            new("sequence_id", ColumnType.Int8),
            new("received_at", ColumnType.Instant),
            new("sqlstate", ColumnType.Text),
            new("constraint_name", ColumnType.Text),
            new("column_name", ColumnType.Text),
            new("fingerprint", ColumnType.Text),
        ],
        ["id"]);

    /// <summary>Failed operations that have come to their end on this node: what is known of them then, by the names of the view.</summary>
    public static readonly ChangeTable Retries = new(
        "holdfast",
        "retry_queue",
        [
            new("id", ColumnType.Uuid),
            new("status", ColumnType.Text),
            new("operation_type", ColumnType.Text),
            new("target", ColumnType.Text),
            new("correlation_id", ColumnType.Text),
            new("retry_count", ColumnType.Int4),
            new("max_retries", ColumnType.Int4),
            new("last_error", ColumnType.Text),
        ],
        ["id"]);

    /// <summary>Every table.</summary>
    public static readonly IReadOnlyList<ChangeTable> Catalog = [Events, Validation, DeadLetters, Retries];

    /// <summary>Events as rows.</summary>
    public static IEnumerable<RowChange> RowsOf(PublishedEvents events) => events.ToStored().Select(RowOf);

    /// <summary>Counts of validation as rows.</summary>
    public static RowChange RowOf(Guid batchId, ValidationRow row) => new(
        Validation,
        ChangeType.Insert,
        row.FlushedAt,
        [
            ColumnValue.Of(batchId),
            ColumnValue.Text(row.EventType),
            ColumnValue.Of(row.TotalEvents),
            ColumnValue.Of(row.PassedEvents),
            ColumnValue.Of(row.FailedEvents),
            ColumnValue.Of(row.PassRate),
            ColumnValue.Of(row.AvgValidationTimeMs),
            ColumnValue.Of(row.TotalErrors),
            ColumnValue.Of(row.TotalWarnings),
            ColumnValue.Instant(row.FlushedAt),
        ]);

    /// <summary>A dead letter as a row.</summary>
    public static RowChange RowOf(DeadLetter letter) => new(
        DeadLetters,
        ChangeType.Insert,
        letter.CreatedAt,
        [
            ColumnValue.Of(letter.Id),
            ColumnValue.Json(letter.PayloadJson),
            ColumnValue.Text(letter.Refusal.Reason),
            ColumnValue.Of(letter.RetryCount, ColumnType.Int4),
            ColumnValue.Of(letter.MaxRetries, ColumnType.Int4),
            ColumnValue.Instant(letter.CreatedAt),
            ColumnValue.Text(DeadLetterStatuses.NameOf(letter.Status), ColumnType.Varchar),
            ColumnValue.Text(letter.KindName),
            ColumnValue.Of(letter.RowCount, ColumnType.Int4),
            ColumnValue.Of(letter.SpoolId),
            ColumnValue.Of(letter.BatchSeq),
            ColumnValue.Of(letter.Row, ColumnType.Int4),
            letter.SequenceId is { } sequence ? ColumnValue.Of(sequence) : ColumnValue.Null(ColumnType.Int8),
            ColumnValue.Instant(letter.ReceivedAt),
            ColumnValue.TextOrNull(letter.Refusal.Code),
            ColumnValue.TextOrNull(letter.Refusal.ConstraintName),
            ColumnValue.TextOrNull(letter.Refusal.ColumnName),
            ColumnValue.Text(letter.Fingerprint),
        ]);

    private static RowChange RowOf(StoredEvent stored) => new(
        Events,
        ChangeType.Insert,
        stored.ReceivedAt,
        [
            ColumnValue.Of(stored.EventId),
            ColumnValue.Text(stored.EventType),
            ColumnValue.Instant(stored.Timestamp),
            ColumnValue.Text(stored.Source),
            ColumnValue.Json(stored.DataJson),
            ColumnValue.Json(stored.MetadataJson),
            ColumnValue.Text(EventCategories.Name(stored.Category)),
            ColumnValue.Of(stored.Epoch),
            ColumnValue.Of(stored.SequenceId),
            ColumnValue.Instant(stored.ReceivedAt),
            ColumnValue.Date(stored.ReceivedAt),
        ]);
}
