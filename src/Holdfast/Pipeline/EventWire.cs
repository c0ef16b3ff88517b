using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Pipeline;

/// <summary>An application's event as it would come over HTTP.</summary>
internal static class EventWire
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="EventRejectedException">The data or the metadata cannot be written as JSON: not-a-number, or nested without end.</exception>
    public static ReadOnlyMemory<byte> Write(MonitoringEvent monitoringEvent)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(bytes, Compact);
        json.WriteStartObject();
        json.WriteString("event_type", monitoringEvent.EventType);
        WriteObject(json, "data", monitoringEvent.Data);
        WriteObject(json, "metadata", monitoringEvent.Metadata);
        WriteOptional(json, monitoringEvent);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void WriteOptional(Utf8JsonWriter json, MonitoringEvent monitoringEvent)
    {
        json.WriteString("source", monitoringEvent.Source);
        if (monitoringEvent.Timestamp is { } timestamp)
        {
            json.WriteString("timestamp", timestamp);
        }

        if (monitoringEvent.Category is { } category)
        {
            json.WriteString("category", EventCategories.Name(category));
        }

        if (monitoringEvent.EventId is { } id)
        {
            json.WriteString("event_id", id);
        }
    }

    private static void WriteObject(Utf8JsonWriter json, string name, JsonObject? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
            return;
        }

        try
        {
            value.WriteTo(json);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or NotSupportedException or JsonException)
        {
            throw new EventRejectedException([new("json", name, $"It cannot be written as JSON: {fault.Message}")]);
        }
    }
}
