using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Health;

namespace Holdfast.BuiltIn;

/// <summary>What happens to the health, as news: <c>health.changed</c>, <c>health.incident_opened</c>, <c>health.incident_closed</c>, <c>health.recovery</c>.</summary>
internal static class HealthNews
{
    public static void Tell(SystemNews news, HealthEntry entry) => news.Tell(TypeOf(entry.Kind), DataOf(entry));

    private static string TypeOf(HealthEntryKind kind) => kind switch
    {
        HealthEntryKind.Transition => "health.changed",
        HealthEntryKind.IncidentOpened => "health.incident_opened",
        HealthEntryKind.IncidentClosed => "health.incident_closed",
        HealthEntryKind.Recovery => "health.recovery",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind."),
    };

    private static JsonObject DataOf(HealthEntry entry)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            HealthJson.WriteEntry(json, entry);
        }

        return JsonNode.Parse(bytes.WrittenSpan)!.AsObject();
    }
}
