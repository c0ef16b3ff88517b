using System.Text;
using System.Text.Json;

namespace Holdfast.Realtime.Wire;

/// <summary>Reads a broadcast that came as text: <c>{"type":"broadcast","event":...,"payload":...}</c>. Pure.</summary>
internal static class UserBroadcastText
{
    /// <summary>Null: it is none.</summary>
    public static UserBroadcast? Read(ReadOnlyMemory<byte> payload) =>
        PhoenixText.Read(payload.Span, (ref Utf8JsonReader json) => Read(ref json, payload));

    private static UserBroadcast? Read(ref Utf8JsonReader json, ReadOnlyMemory<byte> text)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var name = "";
        var payload = PhoenixPayloads.Empty;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isEvent, isPayload) = (json.ValueTextEquals("event"u8), json.ValueTextEquals("payload"u8));
            json.Read();
            if (isEvent && json.TokenType == JsonTokenType.String)
            {
                name = json.GetString()!;
                continue;
            }

            var raw = PhoenixText.Raw(ref json, text);
            payload = isPayload ? raw : payload;
        }

        return Encoding.UTF8.GetByteCount(name) <= PhoenixSerializer.NameBytesMax ? new UserBroadcast(name, payload, IsJson: true) : null;
    }
}
