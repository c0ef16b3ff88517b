using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Holdfast.Spool;

namespace Holdfast.Retries;

/// <summary>
/// Items as they lie in the spool: a JSON array, since they are few and a person may have to read them. Durations are
/// microseconds. What is on disk keeps its meaning: another form gets another <see cref="Version"/>.
/// </summary>
internal static class RetrySpoolCodec
{
    public const byte Version = 1;

    // Of one batch, as everywhere in the spool. An item that is larger travels alone.
    private const int ItemsMax = 5_000;
    private const int BytesMax = 1 << 20;

    // An item is an object in an array, around what its payload nests.
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 128 };
    private static readonly JsonWriterOptions Writing = new() { MaxDepth = 128, SkipValidation = true };

    /// <summary>Cuts items into batches, in their order.</summary>
    public static IReadOnlyList<SpoolEntry> Encode(IReadOnlyList<NewRetry> items)
    {
        var entries = new List<SpoolEntry>();
        for (var taken = 0; taken < items.Count;)
        {
            var count = CountOfBatch(items, taken);
            entries.Add(new SpoolEntry(SpoolKind.RetryEnqueue, Version, count, Encode(items, taken, count)));
            taken += count;
        }

        return entries;
    }

    /// <summary>One item, as it is put aside.</summary>
    public static ReadOnlyMemory<byte> Encode(NewRetry item) => Encode([item], 0, 1);

    /// <exception cref="InvalidDataException">It was written by a later version.</exception>
    public static IReadOnlyList<NewRetry> Decode(SpooledBatch batch)
    {
        if (batch.FormatVersion != Version)
        {
            throw new InvalidDataException($"Retries in the spool are of format {batch.FormatVersion}, and this version reads {Version}: start the version that wrote them.");
        }

        using var document = JsonDocument.Parse(batch.Payload, Reading);
        return [.. document.RootElement.EnumerateArray().Select(Read)];
    }

    private static int CountOfBatch(IReadOnlyList<NewRetry> items, int from)
    {
        long bytes = 0;
        var count = 0;
        while (from + count < items.Count && count < ItemsMax && (count == 0 || bytes + SizeOf(items[from + count]) <= BytesMax))
        {
            bytes += SizeOf(items[from + count]);
            count++;
        }

        return count;
    }

    private static long SizeOf(NewRetry item) => item.Payload.Length + (item.OriginalEvent?.Length ?? 0);

    private static ReadOnlyMemory<byte> Encode(IReadOnlyList<NewRetry> items, int from, int count)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartArray();
            for (var i = from; i < from + count; i++)
            {
                Write(json, items[i]);
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, NewRetry item)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, item.Id);
        json.WriteString("operation_type"u8, item.OperationType);
        json.WriteString("target"u8, item.Target);
        json.WritePropertyName("payload"u8);
        json.WriteRawValue(item.Payload.Span, skipInputValidation: true);
        json.WriteNumber("priority"u8, item.Priority);
        json.WriteString("correlation_id"u8, item.CorrelationId);
        json.WriteString("idempotency_key"u8, item.IdempotencyKey);
        json.WriteNumber("max_retries"u8, item.MaxRetries);
        json.WriteNumber("timeout"u8, Microseconds(item.Timeout));
        json.WriteNumber("delay"u8, Microseconds(item.Delay));
        json.WriteNumber("penalty"u8, Microseconds(item.Penalty));
        json.WriteString("group_key"u8, item.GroupKey);
        json.WriteStartArray("tags"u8);
        foreach (var tag in item.Tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
        if (item.OriginalEvent is { } original)
        {
            json.WritePropertyName("original_event"u8);
            json.WriteRawValue(original.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    private static NewRetry Read(JsonElement item) => new()
    {
        Id = item.GetProperty("id"u8).GetGuid(),
        OperationType = item.GetProperty("operation_type"u8).GetString()!,
        Target = item.GetProperty("target"u8).GetString()!,
        Payload = Raw(item.GetProperty("payload"u8)),
        Priority = item.GetProperty("priority"u8).GetInt32(),
        CorrelationId = item.GetProperty("correlation_id"u8).GetString(),
        IdempotencyKey = item.GetProperty("idempotency_key"u8).GetString(),
        MaxRetries = item.GetProperty("max_retries"u8).GetInt32(),
        Timeout = Duration(item.GetProperty("timeout"u8)),
        Delay = Duration(item.GetProperty("delay"u8)),
        Penalty = Duration(item.GetProperty("penalty"u8)),
        GroupKey = item.GetProperty("group_key"u8).GetString(),
        Tags = [.. item.GetProperty("tags"u8).EnumerateArray().Select(tag => tag.GetString()!)],
        OriginalEvent = item.TryGetProperty("original_event"u8, out var original) ? Raw(original) : (ReadOnlyMemory<byte>?)null,
    };

    private static ReadOnlyMemory<byte> Raw(JsonElement element) => JsonMarshal.GetRawUtf8Value(element).ToArray();

    private static long Microseconds(TimeSpan duration) => (long)duration.TotalMicroseconds;

    private static TimeSpan Duration(JsonElement microseconds) => TimeSpan.FromMicroseconds(microseconds.GetInt64());
}
