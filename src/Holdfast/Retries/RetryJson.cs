using System.Text.Json;

namespace Holdfast.Retries;

/// <summary>Items of the queue on the wire.</summary>
internal static class RetryJson
{
    private static readonly (RetryStatus Status, string Name)[] Names =
    [
        (RetryStatus.Pending, "pending"),
        (RetryStatus.Processing, "processing"),
        (RetryStatus.Completed, "completed"),
        (RetryStatus.DeadLetter, "dead_letter"),
        (RetryStatus.Failed, "failed"),
        (RetryStatus.Cancelled, "cancelled"),
    ];

    /// <summary>The states by their names on the wire.</summary>
    public static IReadOnlyDictionary<string, RetryStatus?> Statuses { get; } =
        Names.ToDictionary(pair => pair.Name, pair => (RetryStatus?)pair.Status, StringComparer.Ordinal);

    public static string NameOf(RetryStatus status) => Array.Find(Names, pair => pair.Status == status).Name;

    public static string NameOf(EnqueueStatus status) => status switch
    {
        EnqueueStatus.Created => "created",
        EnqueueStatus.Duplicate => "duplicate",
        _ => "spooled",
    };

    /// <summary>An item as it stands in a list.</summary>
    public static void Write(Utf8JsonWriter json, RetryItem item)
    {
        json.WriteStartObject();
        WriteMembers(json, item);
        json.WriteEndObject();
    }

    /// <summary>An item with its history.</summary>
    public static void Write(Utf8JsonWriter json, RetryItem item, IReadOnlyList<RetryHistoryEntry> history)
    {
        json.WriteStartObject();
        WriteMembers(json, item);
        json.WriteStartArray("history"u8);
        foreach (var entry in history)
        {
            Write(json, entry);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, EnqueuedRetry enqueued)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, enqueued.Id);
        json.WriteString("status"u8, NameOf(enqueued.Status));
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RetryCount count)
    {
        json.WriteStartObject();
        json.WriteString("operation_type"u8, count.OperationType);
        json.WriteString("status"u8, NameOf(count.Status));
        json.WriteNumber("count"u8, count.Items);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RetryAlert alert)
    {
        json.WriteStartObject();
        json.WriteString("alert_reason"u8, alert.Reason);
        json.WriteString("id"u8, alert.Item?.ToString());
        json.WriteString("detail"u8, alert.Detail);
        json.WriteString("since"u8, alert.Since.UtcDateTime);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RetryGroup group)
    {
        json.WriteStartObject();
        json.WriteString("fingerprint"u8, group.Fingerprint);
        json.WriteString("operation_type"u8, group.OperationType);
        json.WriteString("message"u8, group.Message);
        json.WriteNumber("count"u8, group.Items);
        json.WriteString("first_at"u8, group.FirstAt.UtcDateTime);
        json.WriteString("last_at"u8, group.LastAt.UtcDateTime);
        json.WriteString("example_id"u8, group.Example);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, RetryItem item)
    {
        json.WriteString("id"u8, item.Id);
        json.WriteString("status"u8, NameOf(item.Status));
        json.WriteString("operation_type"u8, item.What.OperationType);
        json.WriteString("target"u8, item.What.Target);
        WriteRaw(json, "payload", item.What.Payload);
        json.WriteNumber("priority"u8, item.What.Priority);
        json.WriteNumber("attempt"u8, item.Attempt);
        json.WriteNumber("max_retries"u8, item.What.MaxRetries);
        json.WriteNumber("crashes"u8, item.Crashes);
        json.WriteNumber("timeout_seconds"u8, item.What.Timeout.TotalSeconds);
        json.WriteString("run_after"u8, item.RunAfter.UtcDateTime);
        json.WriteString("created_at"u8, item.CreatedAt.UtcDateTime);
        json.WriteString("updated_at"u8, item.UpdatedAt.UtcDateTime);
        json.WriteString("correlation_id"u8, item.What.CorrelationId);
        json.WriteString("idempotency_key"u8, item.What.IdempotencyKey);
        json.WriteString("group_key"u8, item.What.GroupKey);
        json.WriteBoolean("blocked"u8, item.Blocked);
        WriteTags(json, item.What.Tags);
        json.WriteString("last_error"u8, item.LastFailure?.Message);
        json.WriteString("fingerprint"u8, item.LastFailure?.Fingerprint);
        WriteHolder(json, item.Holder);
        json.WriteNumber("version"u8, item.Version);
        WriteRaw(json, "original_event", item.What.OriginalEvent);
    }

    private static void WriteTags(Utf8JsonWriter json, IReadOnlyList<string> tags)
    {
        json.WriteStartArray("tags"u8);
        foreach (var tag in tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
    }

    private static void WriteHolder(Utf8JsonWriter json, RetryHolder? holder)
    {
        if (holder is null)
        {
            json.WriteNull("held_by"u8);
            return;
        }

        json.WriteStartObject("held_by"u8);
        json.WriteString("process"u8, holder.Process);
        json.WriteNumber("token"u8, holder.Token);
        json.WriteString("since"u8, holder.ClaimedAt.UtcDateTime);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RetryHistoryEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("at"u8, entry.At.UtcDateTime);
        json.WriteString("event"u8, NameOf(entry.Kind));
        json.WriteNumber("attempt"u8, entry.Attempt);
        if (entry.Token is { } token)
        {
            json.WriteNumber("token"u8, token);
        }

        json.WriteString("process"u8, entry.Process?.ToString());
        if (entry.Took is { } took)
        {
            json.WriteNumber("took_ms"u8, Math.Round(took.TotalMilliseconds, 1));
        }

        json.WriteString("message"u8, entry.Message);
        json.WriteEndObject();
    }

    public static string NameOf(RetryHistoryKind kind) => kind switch
    {
        RetryHistoryKind.DeadLettered => "dead_lettered",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static void WriteRaw(Utf8JsonWriter json, string name, ReadOnlyMemory<byte>? value)
    {
        json.WritePropertyName(name);
        if (value is { } bytes)
        {
            json.WriteRawValue(bytes.Span);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
