using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Events;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.Retry;

/// <summary>A failure event as it is kept with its item, for people.</summary>
internal static class FailureJson
{
    private const int NameCharsMax = 255;

    // Around data that may be as deep as any.
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 128 };

    /// <param name="withOperation">Whether the operation is kept with it: an item that is the operation has it already.</param>
    public static JsonElement Write(BusEvent failure, bool withOperation)
    {
        var whole = Write(failure, json => WriteWhatHappened(json, failure.Data, withOperation));
        return RetryPayload.FaultOf(JsonMarshal.GetRawUtf8Value(whole), RetryValidator.OriginalEventBytesMax) is null
            ? whole
            : Write(failure, _ => { }); // too large, or nothing a database could hold: the operation is what counts
    }

    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8, Reading);
        return document.RootElement.Clone();
    }

    private static JsonElement Write(BusEvent failure, Action<Utf8JsonWriter> writeWhatHappened)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("event_type"u8, RetryText.Clean(failure.Type, NameCharsMax));
            json.WriteString("source"u8, RetryText.Clean(failure.Source, NameCharsMax));
            json.WriteString("timestamp"u8, failure.Timestamp.UtcDateTime);
            json.WriteString("correlation_id"u8, failure.CorrelationId?.ToString());
            writeWhatHappened(json);
            json.WriteEndObject();
        }

        return Parse(bytes.WrittenMemory);
    }

    private static void WriteWhatHappened(Utf8JsonWriter json, object? data, bool withOperation)
    {
        switch (data)
        {
            case OperationFailure failure:
                json.WriteString("error"u8, RetryText.Clean(failure.Error, RetryFailures.MessageBytesMax));
                json.WriteString("error_class"u8, failure.ErrorClass);
                break;
            case OutsideEvent outside:
                json.WriteString("event_id"u8, outside.EventId);
                json.WriteString("sent_by"u8, outside.Sender);
                WriteData(json, outside.Data, withOperation);
                break;
            case JsonElement element:
                WriteData(json, element, withOperation);
                break;
            case JsonNode node:
                WriteData(json, JsonSerializer.SerializeToElement(node), withOperation);
                break;
        }
    }

    private static void WriteData(Utf8JsonWriter json, JsonElement data, bool withOperation)
    {
        if (data.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        json.WriteStartObject("data"u8);
        foreach (var member in data.EnumerateObject().Where(member => withOperation || member.Name != "operation"))
        {
            // As it stands: what is in it has been read by nobody yet.
            json.WritePropertyName(member.Name);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(member.Value), skipInputValidation: true);
        }

        json.WriteEndObject();
    }
}
