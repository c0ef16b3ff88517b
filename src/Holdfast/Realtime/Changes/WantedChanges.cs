using System.Text.Json;
using Holdfast.Realtime.Channels;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Changes;

/// <summary>The changes of rows that a join asks for: all of them, or none and why.</summary>
/// <param name="Entries">As they were said, since the client compares them with its own, one by one.</param>
/// <param name="Bindings">Empty where there is a fault.</param>
internal sealed record WantedChanges(IReadOnlyList<JsonElement> Entries, IReadOnlyList<ChangeBinding> Bindings, string? Fault, bool Legacy)
{
    /// <summary>Something was asked for.</summary>
    public bool Any => Entries.Count > 0;

    public static WantedChanges Read(TopicKey topic, JoinRequest request)
    {
        var entries = request.Legacy ? [OfTopic(topic.Name)] : request.Changes;
        var bindings = new List<ChangeBinding>(entries.Count);
        foreach (var entry in entries)
        {
            if (ChangeBinding.Read(entry, MonitoringTables.Catalog, out var binding) is { } fault)
            {
                return new WantedChanges(entries, [], fault, request.Legacy);
            }

            bindings.Add(binding);
        }

        return new WantedChanges(entries, bindings, null, request.Legacy);
    }

    /// <summary>The answer to the join: the entries with their numbers.</summary>
    public void WriteAnswer(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("postgres_changes"u8);
        foreach (var entry in Entries)
        {
            json.WriteStartObject();
            foreach (var member in entry.EnumerateObject().Where(member => !member.NameEquals("id"u8)))
            {
                member.WriteTo(json);
            }

            json.WriteNumber("id"u8, ChangeBinding.IdOf(entry));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // schema, schema:table or schema:table:filter, as it was before there were entries.
    private static JsonElement OfTopic(string topic)
    {
        string[] names = ["schema", "table", "filter"];
        using var entry = JsonDocument.Parse(PhoenixPayloads.Build(json =>
        {
            json.WriteStartObject();
            foreach (var (name, value) in names.Zip(topic.Split(':', names.Length)))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }));
        return entry.RootElement.Clone();
    }
}
