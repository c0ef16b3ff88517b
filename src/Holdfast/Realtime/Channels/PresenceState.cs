using System.Text.Json;
using Holdfast.Realtime.Wire;

namespace Holdfast.Realtime.Channels;

/// <summary>
/// Who is present in a topic: under each key what its channels say of themselves, and what has changed since it was last told. Pure; for one
/// caller at a time.
/// </summary>
/// <param name="makeRef">A new reference, unlike all before.</param>
internal sealed class PresenceState(Func<string> makeRef)
{
    private readonly Dictionary<RealtimeChannel, Presence> _present = [];
    private readonly List<Presence> _joins = [];
    private readonly List<Presence> _leaves = [];

    public int Count => _present.Count;

    /// <summary>Bytes of what all say of themselves, with their keys.</summary>
    public int SizeBytes { get; private set; }

    public bool Contains(RealtimeChannel channel) => _present.ContainsKey(channel);

    /// <summary>Something is to be told.</summary>
    public bool Changed => _joins.Count + _leaves.Count > 0;

    /// <summary>Says that a channel is present, or says it anew.</summary>
    /// <param name="said">A JSON object.</param>
    /// <returns>False: it has said the same before, and nothing has changed.</returns>
    public bool Track(RealtimeChannel channel, JsonElement said)
    {
        var before = _present.GetValueOrDefault(channel);
        if (before is not null && before.Said == said.GetRawText())
        {
            return false;
        }

        var (reference, referenceBefore) = (makeRef(), before?.Ref);
        var meta = PhoenixPayloads.Build(json => WriteMeta(json, reference, referenceBefore, said));
        if (before is not null)
        {
            Leave(before);
        }

        var presence = new Presence(channel.PresenceKey, reference, said.GetRawText(), meta);
        _present[channel] = presence;
        SizeBytes += presence.SizeBytes;
        _joins.Add(presence);
        return true;
    }

    /// <returns>False: it was not present.</returns>
    public bool Untrack(RealtimeChannel channel)
    {
        if (!_present.Remove(channel, out var presence))
        {
            return false;
        }

        Leave(presence);
        return true;
    }

    /// <summary><c>{key: {metas: [...]}}</c></summary>
    public byte[] State() => PhoenixPayloads.Build(json => WriteGrouped(json, _present.Values));

    /// <summary><c>{joins: {...}, leaves: {...}}</c>: what has changed since it was last asked.</summary>
    public byte[] TakeDiff()
    {
        var diff = PhoenixPayloads.Build(json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("joins"u8);
            WriteGrouped(json, _joins);
            json.WritePropertyName("leaves"u8);
            WriteGrouped(json, _leaves);
            json.WriteEndObject();
        });
        _joins.Clear();
        _leaves.Clear();
        return diff;
    }

    // Whoever came and went between two tellings was never there for the others.
    private void Leave(Presence presence)
    {
        SizeBytes -= presence.SizeBytes;
        if (!_joins.Remove(presence))
        {
            _leaves.Add(presence);
        }
    }

    private static void WriteGrouped(Utf8JsonWriter json, IEnumerable<Presence> presences)
    {
        json.WriteStartObject();
        foreach (var key in presences.GroupBy(presence => presence.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(key.Key);
            json.WriteStartArray("metas"u8);
            foreach (var presence in key)
            {
                json.WriteRawValue(presence.Meta, skipInputValidation: true);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMeta(Utf8JsonWriter json, string reference, string? referenceBefore, JsonElement said)
    {
        json.WriteStartObject();
        json.WriteString("phx_ref"u8, reference);
        if (referenceBefore is not null)
        {
            json.WriteString("phx_ref_prev"u8, referenceBefore);
        }

        foreach (var member in said.EnumerateObject().Where(member => member.Name is not ("phx_ref" or "phx_ref_prev")))
        {
            member.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private sealed record Presence(string Key, string Ref, string Said, byte[] Meta)
    {
        public int SizeBytes => Meta.Length + Key.Length + 20;
    }
}
