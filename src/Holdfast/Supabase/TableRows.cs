using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Pipeline;

namespace Holdfast.Supabase;

/// <summary>Events as rows of a table of the project, in the columns of <c>monitoring.monitoring_events</c>. Pure.</summary>
internal static class TableRows
{
    /// <summary>Rows of one request.</summary>
    public const int RowsMax = 500;

    public static ReadOnlyMemory<byte> ToJson(IReadOnlyList<StoredEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 10);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartArray();
            foreach (var stored in events)
            {
                Write(json, stored);
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, StoredEvent stored)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, stored.EventId);
        json.WriteString("event_type"u8, stored.EventType);
        json.WriteString("timestamp"u8, stored.Timestamp.UtcDateTime);
        json.WriteString("source"u8, stored.Source);
        json.WritePropertyName("data"u8);
        json.WriteRawValue(Encoding.UTF8.GetBytes(stored.DataJson), skipInputValidation: true);
        json.WritePropertyName("metadata"u8);
        json.WriteRawValue(Encoding.UTF8.GetBytes(stored.MetadataJson), skipInputValidation: true);
        json.WriteString("category"u8, EventCategories.Name(stored.Category));
        json.WriteString("epoch"u8, stored.Epoch);
        json.WriteNumber("sequence_id"u8, stored.SequenceId);
        json.WriteString("received_at"u8, stored.ReceivedAt.UtcDateTime);
        json.WriteEndObject();
    }
}
