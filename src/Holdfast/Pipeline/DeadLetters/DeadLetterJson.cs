using System.Text.Json;

namespace Holdfast.Pipeline.DeadLetters;

/// <summary>Dead letters on the wire.</summary>
internal static class DeadLetterJson
{
    /// <summary>A letter without its bytes.</summary>
    public static void Write(Utf8JsonWriter json, DeadLetter letter)
    {
        json.WriteStartObject();
        WriteMembers(json, letter);
        json.WriteEndObject();
    }

    /// <summary>A letter with its bytes.</summary>
    public static void WriteWhole(Utf8JsonWriter json, DeadLetter letter)
    {
        json.WriteStartObject();
        WriteMembers(json, letter);
        json.WriteBase64String("payload_bytes"u8, letter.Payload.Span);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, DeadLetterGroup group)
    {
        json.WriteStartObject();
        json.WriteString("fingerprint"u8, group.Fingerprint);
        json.WriteString("kind"u8, DeadLetter.KindNameOf(group.Kind));
        json.WriteNumber("count"u8, group.Letters);
        json.WriteNumber("rows"u8, group.Rows);
        json.WriteString("first_at"u8, group.FirstAt.UtcDateTime);
        json.WriteString("last_at"u8, group.LastAt.UtcDateTime);
        json.WriteNumber("example_id"u8, group.ExampleId);
        WriteRefusal(json, group.Refusal);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, DeadLetterTotals totals)
    {
        json.WriteStartObject();
        json.WriteNumber("pending"u8, totals.Pending);
        json.WriteNumber("retrying"u8, totals.Retrying);
        json.WriteNumber("recovered"u8, totals.Recovered);
        json.WriteNumber("failed"u8, totals.Failed);
        json.WriteNumber("discarded"u8, totals.Discarded);
        json.WriteNumber("size_bytes"u8, totals.SizeBytes);
        WriteInstant(json, "oldest_pending_at", totals.OldestPendingAt);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, BulkResult result, bool dryRun)
    {
        json.WriteStartObject();
        json.WriteBoolean("dry_run"u8, dryRun);
        json.WriteNumber("matched"u8, result.Matched);
        json.WriteNumber("recovered"u8, result.Recovered);
        json.WriteNumber("refused"u8, result.Refused);
        json.WriteNumber("failed"u8, result.Failed);
        json.WriteNumber("discarded"u8, result.Discarded);
        json.WriteNumber("skipped"u8, result.Skipped);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, DeadLetterPurged purged)
    {
        json.WriteStartObject();
        json.WriteBoolean("dry_run"u8, false);
        json.WriteNumber("purged"u8, purged.Letters);
        json.WriteNumber("rows_discarded"u8, purged.RowsDiscarded);
        json.WriteEndObject();
    }

    /// <summary>What a purge would do.</summary>
    public static void Write(Utf8JsonWriter json, DateTimeOffset before, IReadOnlyList<DeadLetterPurgeable> counts)
    {
        json.WriteStartObject();
        json.WriteBoolean("dry_run"u8, true);
        json.WriteString("before"u8, before.UtcDateTime);
        json.WriteNumber("matched"u8, counts.Sum(count => count.Letters));
        json.WriteStartObject("by_status"u8);
        foreach (var status in Enum.GetValues<DeadLetterStatus>())
        {
            json.WriteNumber(DeadLetterStatuses.NameOf(status), counts.Where(count => count.Status == status).Sum(count => count.Letters));
        }

        json.WriteEndObject();
        json.WriteNumber("rows_owed"u8, counts.Sum(count => count.RowsOwed));
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, DeadLetter letter)
    {
        json.WriteNumber("id"u8, letter.Id);
        json.WriteNumber("version"u8, letter.Version);
        json.WriteString("status"u8, DeadLetterStatuses.NameOf(letter.Status));
        json.WriteString("kind"u8, letter.KindName);
        json.WriteNumber("row_count"u8, letter.RowCount);
        json.WritePropertyName("original_payload"u8);
        json.WriteRawValue(letter.PayloadJson);
        json.WriteNumber("size_bytes"u8, letter.SizeBytes);
        WriteRefusal(json, letter.Refusal);
        json.WriteString("fingerprint"u8, letter.Fingerprint);
        json.WriteNumber("retry_count"u8, letter.RetryCount);
        json.WriteNumber("max_retries"u8, letter.MaxRetries);
        json.WriteString("created_at"u8, letter.CreatedAt.UtcDateTime);
        WriteInstant(json, "last_retry_at", letter.LastRetryAt);
        WriteInstant(json, "next_retry_at", letter.NextRetryAt);
        WriteInstant(json, "recovered_at", letter.RecoveredAt);
        json.WriteString("spool_id"u8, letter.SpoolId);
        json.WriteNumber("batch_seq"u8, letter.BatchSeq);
        json.WriteNumber("row"u8, letter.Row);
        WriteNumber(json, "sequence_id", letter.SequenceId);
        json.WriteString("received_at"u8, letter.ReceivedAt.UtcDateTime);
        WriteInstant(json, "lease_until", letter.LeaseUntil);
        json.WriteString("leased_by"u8, letter.LeasedBy);
    }

    private static void WriteRefusal(Utf8JsonWriter json, Refusal refusal)
    {
        json.WriteString("failure_reason"u8, refusal.Reason);
        json.WriteString("sqlstate"u8, refusal.Code);
        json.WriteString("constraint_name"u8, refusal.ConstraintName);
        json.WriteString("column_name"u8, refusal.ColumnName);
    }

    private static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } instant)
        {
            json.WriteString(name, instant.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
