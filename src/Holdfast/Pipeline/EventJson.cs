using System.Text;
using System.Text.Json;
using Holdfast.Storage;

namespace Holdfast.Pipeline;

/// <summary>The form of an event on every wire: HTTP, live frames, exports.</summary>
internal static class EventJson
{
    private static readonly JsonEncodedText EventId = JsonEncodedText.Encode("event_id");
    private static readonly JsonEncodedText EventType = JsonEncodedText.Encode("event_type");
    private static readonly JsonEncodedText Timestamp = JsonEncodedText.Encode("timestamp");
    private static readonly JsonEncodedText Source = JsonEncodedText.Encode("source");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText Metadata = JsonEncodedText.Encode("metadata");
    private static readonly JsonEncodedText Category = JsonEncodedText.Encode("category");
    private static readonly JsonEncodedText Epoch = JsonEncodedText.Encode("epoch");
    private static readonly JsonEncodedText SequenceId = JsonEncodedText.Encode("sequence_id");
    private static readonly JsonEncodedText ReceivedAt = JsonEncodedText.Encode("received_at");

    /// <summary>Writes a row of a batch, without making strings of its texts.</summary>
    public static void Write(Utf8JsonWriter json, in EventRow row, Guid epoch, long sequenceId, DateTimeOffset receivedAt)
    {
        json.WriteStartObject();
        json.WriteString(EventId, row.Id);
        json.WriteString(EventType, row.EventType.Span);
        json.WriteString(Timestamp, UnixMicroseconds.ToInstant(row.TimestampMicroseconds).UtcDateTime);
        json.WriteString(Source, row.Source.Span);
        WriteRaw(json, Data, row.Data.Span);
        WriteRaw(json, Metadata, row.Metadata.Span);
        WriteTail(json, row.Category, epoch, sequenceId, receivedAt);
    }

    public static void Write(Utf8JsonWriter json, StoredEvent stored)
    {
        json.WriteStartObject();
        json.WriteString(EventId, stored.EventId);
        json.WriteString(EventType, stored.EventType);
        json.WriteString(Timestamp, stored.Timestamp.UtcDateTime);
        json.WriteString(Source, stored.Source);
        WriteRaw(json, Data, Encoding.UTF8.GetBytes(stored.DataJson));
        WriteRaw(json, Metadata, Encoding.UTF8.GetBytes(stored.MetadataJson));
        WriteTail(json, stored.Category, stored.Epoch, stored.SequenceId, stored.ReceivedAt);
    }

    /// <summary>A row of a batch as the store would give it back.</summary>
    public static StoredEvent ToStored(in EventRow row, Guid epoch, long sequenceId, DateTimeOffset receivedAt) => new()
    {
        EventId = row.Id,
        EventType = Encoding.UTF8.GetString(row.EventType.Span),
        Timestamp = UnixMicroseconds.ToInstant(row.TimestampMicroseconds),
        Source = Encoding.UTF8.GetString(row.Source.Span),
        DataJson = Encoding.UTF8.GetString(row.Data.Span),
        MetadataJson = Encoding.UTF8.GetString(row.Metadata.Span),
        Category = row.Category,
        Epoch = epoch,
        SequenceId = sequenceId,
        ReceivedAt = receivedAt,
    };

    // The texts were canonical JSON when they were accepted, and the spool checks its checksum.
    private static void WriteRaw(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    private static void WriteTail(Utf8JsonWriter json, EventCategory category, Guid epoch, long sequenceId, DateTimeOffset receivedAt)
    {
        json.WriteString(Category, EventCategories.Name(category));
        json.WriteString(Epoch, epoch);
        json.WriteNumber(SequenceId, sequenceId);
        json.WriteString(ReceivedAt, receivedAt.UtcDateTime);
        json.WriteEndObject();
    }
}
