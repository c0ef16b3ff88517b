using System.Buffers;
using System.Text.Json;

namespace Holdfast.Realtime.Wire;

/// <summary><c>{"topic":...,"event":...,"payload":...,"ref":...}</c>; what clients send may have a <c>join_ref</c>.</summary>
internal sealed class PhoenixV1 : PhoenixSerializer
{
    public override ClientMessage? Read(ReadOnlyMemory<byte> frame, bool binary) =>
        binary ? null : PhoenixText.Read(frame.Span, (ref Utf8JsonReader json) => ReadMessage(ref json, frame));

    public override RealtimeFrame Write(in ServerMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(message.Payload.Length + 128);
        using var json = new Utf8JsonWriter(buffer, Unescaped);
        json.WriteStartObject();
        json.WriteString("topic"u8, message.Topic);
        json.WriteString("event"u8, message.Event);
        json.WritePropertyName("payload"u8);
        json.WriteRawValue(message.Payload.Span, skipInputValidation: true);
        json.WriteString("ref"u8, message.Ref);
        json.WriteEndObject();
        json.Flush();
        return new RealtimeFrame(buffer.WrittenSpan.ToArray(), Binary: false);
    }

    public override RealtimeFrame? Write(string topic, UserBroadcast broadcast, ReadOnlySpan<byte> meta) =>
        broadcast.IsJson ? Write(new ServerMessage(null, null, topic, "broadcast", PhoenixPayloads.Broadcast(broadcast, meta))) : null;

    private static ClientMessage? ReadMessage(ref Utf8JsonReader json, ReadOnlyMemory<byte> frame)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        string? topic = null, name = null, reference = null, joinReference = null;
        ReadOnlyMemory<byte> payload = default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isTopic, isEvent, isRef, isJoinRef, isPayload) = (
                json.ValueTextEquals("topic"u8), json.ValueTextEquals("event"u8), json.ValueTextEquals("ref"u8), json.ValueTextEquals("join_ref"u8), json.ValueTextEquals("payload"u8));
            json.Read();
            var sound = true;
            if (isTopic)
            {
                sound = PhoenixText.TryName(ref json, out topic);
            }
            else if (isEvent)
            {
                sound = PhoenixText.TryName(ref json, out name);
            }
            else if (isRef)
            {
                sound = PhoenixText.TryName(ref json, out reference);
            }
            else if (isJoinRef)
            {
                sound = PhoenixText.TryName(ref json, out joinReference);
            }
            else
            {
                var raw = PhoenixText.Raw(ref json, frame);
                payload = isPayload ? raw : payload;
            }

            if (!sound)
            {
                return null;
            }
        }

        return topic is null || name is null || payload.IsEmpty ? null : new ClientMessage(joinReference, reference, topic, name, payload);
    }
}
