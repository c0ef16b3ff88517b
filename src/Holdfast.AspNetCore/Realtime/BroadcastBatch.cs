using System.Text;
using System.Text.Json;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;

namespace Holdfast.AspNetCore.Realtime;

/// <summary>A message that came over HTTP.</summary>
internal sealed record BroadcastMessage(TopicKey Topic, UserBroadcast Broadcast, StoreRequest? Store = null);

/// <summary>The body of a batch: <c>{"messages": [{topic, event, payload, private}]}</c>.</summary>
/// <param name="Errors">Writes what is wrong, field by field; null: nothing.</param>
internal sealed record BroadcastBatch(IReadOnlyList<BroadcastMessage> Messages, Action<Utf8JsonWriter>? Errors)
{
    /// <summary>Messages of one request.</summary>
    public const int MessagesMax = 10_000;

    private const string Blank = "can't be blank";
    private const string Invalid = "is invalid";

    public static BroadcastBatch Read(ReadOnlyMemory<byte> body, int payloadBytesMax)
    {
        if (!PhoenixText.IsJson(body.Span))
        {
            return Faulty(Invalid);
        }

        using var document = JsonDocument.Parse(body);
        var list = JoinRequest.Member(document.RootElement, "messages");
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MessagesMax)
        {
            return Faulty(list.ValueKind == JsonValueKind.Undefined || (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0) ? Blank : Invalid);
        }

        var (messages, faults) = (new List<BroadcastMessage>(), new List<IReadOnlyList<(string Field, string Fault)>>());
        foreach (var item in list.EnumerateArray())
        {
            var ofItem = FaultsOf(item, payloadBytesMax);
            faults.Add(ofItem);
            if (ofItem.Count == 0)
            {
                messages.Add(MessageOf(item));
            }
        }

        return messages.Count == faults.Count ? new BroadcastBatch(messages, null) : new BroadcastBatch([], json => Write(json, faults));
    }

    private static BroadcastMessage MessageOf(JsonElement item) => new(
        new TopicKey(JoinRequest.Text(item, "topic")!, JoinRequest.Member(item, "private").ValueKind == JsonValueKind.True),
        new UserBroadcast(JoinRequest.Text(item, "event")!, Encoding.UTF8.GetBytes(JoinRequest.Member(item, "payload").GetRawText()), IsJson: true));

    private static List<(string Field, string Fault)> FaultsOf(JsonElement item, int payloadBytesMax)
    {
        var faults = new List<(string Field, string Fault)>();
        if (FaultOfName(item, "topic", TopicKey.IsSound) is { } ofTopic)
        {
            faults.Add(("topic", ofTopic));
        }

        var payload = JoinRequest.Member(item, "payload");
        if (payload.ValueKind != JsonValueKind.Object)
        {
            faults.Add(("payload", payload.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? Blank : Invalid));
        }
        else if (Encoding.UTF8.GetByteCount(payload.GetRawText()) > payloadBytesMax)
        {
            faults.Add(("payload", "Payload size exceeds tenant limit"));
        }

        if (FaultOfName(item, "event", name => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= PhoenixSerializer.NameBytesMax) is { } ofEvent)
        {
            faults.Add(("event", ofEvent));
        }

        return faults;
    }

    private static string? FaultOfName(JsonElement item, string member, Func<string, bool> isSound) => JoinRequest.Member(item, member).ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => Blank,
        JsonValueKind.String when JoinRequest.Text(item, member) is { } name => name.Length == 0 ? Blank : isSound(name) ? null : Invalid,
        _ => Invalid,
    };

    private static BroadcastBatch Faulty(string fault) => new([], json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("errors"u8);
        json.WriteStartArray("messages"u8);
        json.WriteStringValue(fault);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, IEnumerable<IReadOnlyList<(string Field, string Fault)>> faults)
    {
        json.WriteStartObject();
        json.WriteStartObject("errors"u8);
        json.WriteStartArray("messages"u8);
        foreach (var ofItem in faults)
        {
            json.WriteStartObject();
            foreach (var (field, fault) in ofItem)
            {
                json.WriteStartArray(field);
                json.WriteStringValue(fault);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
