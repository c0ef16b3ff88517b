using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast.Realtime.Wire;

/// <summary>Payloads of what the server says.</summary>
internal static class PhoenixPayloads
{
    /// <summary><c>{}</c></summary>
    public static readonly ReadOnlyMemory<byte> Empty = "{}"u8.ToArray();

    /// <summary><c>{"status":"ok","response":{}}</c></summary>
    public static readonly ReadOnlyMemory<byte> Ok = """{"status":"ok","response":{}}"""u8.ToArray();

    /// <summary>What a channel says that broke off: the client joins again by itself.</summary>
    public static readonly ReadOnlyMemory<byte> Crashed = """{"reason":"channel_crash"}"""u8.ToArray();

    private static readonly JsonWriterOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A good answer with what <paramref name="response"/> writes as its value.</summary>
    public static byte[] Reply(Action<Utf8JsonWriter> response) => Reply("ok", response);

    /// <summary>An answer that says what is wrong: the client shows the texts of all members.</summary>
    public static byte[] Error(string reason) => Reply("error", json =>
    {
        json.WriteStartObject();
        json.WriteString("reason"u8, reason);
        json.WriteEndObject();
    });

    /// <summary>The answer to what is too large, which is a word and no object with those who came first.</summary>
    public static byte[] TooLarge() => Reply("error", json => json.WriteStringValue("payload_size_exceeded"u8));

    /// <summary>What a channel is told about itself.</summary>
    /// <param name="extension"><c>postgres_changes</c>, or <c>system</c>.</param>
    /// <param name="channel">The topic without <c>realtime:</c>.</param>
    public static byte[] System(string message, bool good, string extension, string channel) => Build(json =>
    {
        json.WriteStartObject();
        json.WriteString("message"u8, message);
        json.WriteString("status"u8, good ? "ok"u8 : "error"u8);
        json.WriteString("extension"u8, extension);
        json.WriteString("channel"u8, channel);
        json.WriteEndObject();
    });

    /// <summary>A broadcast as text.</summary>
    /// <param name="meta">A JSON object; empty: none.</param>
    public static byte[] Broadcast(UserBroadcast broadcast, ReadOnlySpan<byte> meta)
    {
        var buffer = new ArrayBufferWriter<byte>(broadcast.Payload.Length + meta.Length + 64);
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        json.WriteStartObject();
        json.WriteString("type"u8, "broadcast"u8);
        json.WriteString("event"u8, broadcast.Event);
        json.WritePropertyName("payload"u8);
        json.WriteRawValue(broadcast.Payload.Span, skipInputValidation: true);
        if (!meta.IsEmpty)
        {
            json.WritePropertyName("meta"u8);
            json.WriteRawValue(meta, skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Build(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        write(json);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Reply(string status, Action<Utf8JsonWriter> response) => Build(json =>
    {
        json.WriteStartObject();
        json.WriteString("status"u8, status);
        json.WritePropertyName("response"u8);
        response(json);
        json.WriteEndObject();
    });
}
