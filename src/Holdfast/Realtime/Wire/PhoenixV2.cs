using System.Buffers;
using System.Text.Json;

namespace Holdfast.Realtime.Wire;

/// <summary><c>[join_ref, ref, topic, event, payload]</c>, and binary frames for broadcasts (<see cref="BinaryBroadcast"/>).</summary>
internal sealed class PhoenixV2 : PhoenixSerializer
{
    public override ClientMessage? Read(ReadOnlyMemory<byte> frame, bool binary) =>
        binary ? BinaryBroadcast.ReadPush(frame) : PhoenixText.Read(frame.Span, (ref Utf8JsonReader json) => ReadMessage(ref json, frame));

    public override RealtimeFrame Write(in ServerMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(message.Payload.Length + 96);
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        json.WriteStartArray();
        json.WriteStringValue(message.JoinRef);
        json.WriteStringValue(message.Ref);
        json.WriteStringValue(message.Topic);
        json.WriteStringValue(message.Event);
        json.WriteRawValue(message.Payload.Span, skipInputValidation: true);
        json.WriteEndArray();
        json.Flush();
        return new RealtimeFrame(buffer.WrittenSpan.ToArray(), Binary: false);
    }

    public override RealtimeFrame? Write(string topic, UserBroadcast broadcast, ReadOnlySpan<byte> meta) =>
        new RealtimeFrame(BinaryBroadcast.Write(topic, broadcast, meta), Binary: true);

    private static ClientMessage? ReadMessage(ref Utf8JsonReader json, ReadOnlyMemory<byte> frame)
    {
        if (json.TokenType != JsonTokenType.StartArray
            || !NextName(ref json, out var joinReference)
            || !NextName(ref json, out var reference)
            || !NextName(ref json, out var topic)
            || !NextName(ref json, out var name)
            || topic is null || name is null
            || !json.Read() || json.TokenType == JsonTokenType.EndArray)
        {
            return null;
        }

        var payload = PhoenixText.Raw(ref json, frame);
        return json.Read() && json.TokenType == JsonTokenType.EndArray ? new ClientMessage(joinReference, reference, topic, name, payload) : null;
    }

    private static bool NextName(ref Utf8JsonReader json, out string? name)
    {
        name = null;
        return json.Read() && PhoenixText.TryName(ref json, out name);
    }
}
