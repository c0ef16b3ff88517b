using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.BuiltIn.Rooms;
using Holdfast.Components;
using Holdfast.Retries;

namespace Holdfast.BuiltIn.EventFilter;

/// <summary>The data of an event on the bus as a JSON object. Of objects that have no such form nothing is known: it is empty.</summary>
internal static class EventData
{
    public static JsonObject Of(object? data) => data switch
    {
        JsonElement { ValueKind: JsonValueKind.Object } json => Members(json),
        JsonObject json => (JsonObject)json.DeepClone(),
        OutsideEvent outside => Members(outside.Data),
        OperationFailure failure => OfFailure(failure),
        SettledRetry settled => OfRetry(settled),
        ComponentStatus status => OfComponent(status),
        RoomEvent room => OfRoom(room),
        _ => [],
    };

    /// <param name="field">Names from the outside in, with dots.</param>
    public static bool TryFind(JsonObject data, string field, out JsonNode? value)
    {
        value = data;
        foreach (var name in field.Split('.'))
        {
            if (value is not JsonObject members || !members.TryGetPropertyValue(name, out value))
            {
                return false;
            }
        }

        return true;
    }

    // Of a member that comes twice the last one counts, as in the stores; the framework's own conversion throws, and others decide what they send.
    private static JsonObject Members(JsonElement json)
    {
        var members = new JsonObject();
        foreach (var member in json.EnumerateObject())
        {
            members[member.Name] = Node(member.Value);
        }

        return members;
    }

    private static JsonNode? Node(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Members(json),
        JsonValueKind.Array => new JsonArray([.. json.EnumerateArray().Select(Node)]),
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        _ => JsonValue.Create(json),
    };

    private static JsonObject OfRoom(RoomEvent happened)
    {
        var data = new JsonObject { ["room"] = happened.Room, ["frame"] = Node(happened.Frame) };
        if (happened.User is { } user)
        {
            data["user"] = user;
        }

        if (happened.Text is { } text)
        {
            (data["text"], data["private"]) = (text, happened.IsPrivate);
        }

        return data;
    }

    private static JsonObject OfFailure(OperationFailure failure) => new()
    {
        ["operation_type"] = failure.Operation?.OperationType,
        ["target"] = failure.Operation?.Target,
        ["error"] = failure.Error,
        ["error_class"] = failure.ErrorClass,
    };

    private static JsonObject OfRetry(SettledRetry settled) => new()
    {
        ["id"] = settled.Id,
        ["operation_type"] = settled.OperationType,
        ["target"] = settled.Target,
        ["correlation_id"] = settled.CorrelationId,
        ["attempt"] = settled.Attempt,
        ["status"] = RetryJson.NameOf(settled.Status),
        ["last_error"] = settled.LastError,
    };

    private static JsonObject OfComponent(ComponentStatus status)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            ComponentJson.Write(json, status);
        }

        return (JsonObject)JsonNode.Parse(bytes.WrittenSpan)!;
    }
}
