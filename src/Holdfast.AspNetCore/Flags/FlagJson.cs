using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;
using Holdfast.Rollout;

namespace Holdfast.AspNetCore.Flags;

/// <summary>A flag as the API shows it: a setting of the product's, or a flag of a user's. From memory.</summary>
internal sealed class FlagJson(FlagManager flags, NodeFlags runtime)
{
    /// <summary>Everything that has a name here: settings, what users made, and what only the override file speaks of.</summary>
    public IReadOnlyList<string> Names() =>
        [.. flags.Schema.GetAll().Select(flag => flag.Name).Union(runtime.Keeper.Kept.Keys).Union(flags.GetUsersOverrides()).Order(StringComparer.Ordinal)];

    public bool Knows(string name) => flags.Schema.Get(name) is not null || runtime.Keeper.Find(name) is not null || flags.GetOverride(name) is not null;

    public FlagDefinition? DefinitionOf(string name) => flags.Schema.Get(name);

    /// <summary>Of what is set at run time; 0: nothing is.</summary>
    public int VersionOf(string name) => runtime.Keeper.Find(name)?.Stored.Version ?? 0;

    public FlagOrigin OriginOf(string name) =>
        flags.Get(name)?.Origin ?? (flags.GetOverride(name) is not null ? FlagOrigin.Override : FlagOrigin.Runtime);

    public void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, name);
        if (flags.Get(name) is { } value)
        {
            WriteSetting(json, value);
        }
        else
        {
            WriteUsers(json, name);
        }

        WriteStored(json, runtime.Keeper.Find(name));
        json.WriteEndObject();
    }

    public static string NameOf(FlagOrigin origin) => origin.ToString().ToLowerInvariant();

    public static void WriteValue(Utf8JsonWriter json, object value)
    {
        if (value is JsonElement element)
        {
            element.WriteTo(json);
        }
        else
        {
            JsonSerializer.Serialize(json, value, value.GetType());
        }
    }

    private static void WriteSetting(Utf8JsonWriter json, FlagValue value)
    {
        var definition = value.Definition;
        WriteKind(json, definition.Type, definition.Description, definition.Apply, definition.ForClients);
        json.WriteString("environment_name"u8, definition.EnvironmentName);
        WriteHelp(json, definition);
        WriteInEffect(json, value.Value, value.Origin);
        json.WriteStartArray("layers"u8);
        foreach (var (origin, said) in value.Layers)
        {
            WriteLayer(json, origin, said);
        }

        json.WriteEndArray();
    }

    /// <summary>What a page needs to offer the right field, or none; the validator judges all the same.</summary>
    private static void WriteHelp(Utf8JsonWriter json, FlagDefinition definition)
    {
        if (definition.Choices.Count > 0)
        {
            json.WritePropertyName("choices"u8);
            JsonSerializer.Serialize(json, definition.Choices);
        }

        if (definition.Secret)
        {
            json.WriteBoolean("secret"u8, value: true);
        }
    }

    private void WriteUsers(Utf8JsonWriter json, string name)
    {
        var rule = flags.GetRule(name);
        var said = flags.GetOverride(name);
        WriteKind(json, rule?.Type ?? FlagType.Json, rule?.Description ?? "", rule?.Apply ?? FlagApply.Immediate, forClients: true);
        WriteInEffect(json, said ?? rule!.PlainValue, said is null ? FlagOrigin.Runtime : FlagOrigin.Override);
        json.WriteStartArray("layers"u8);
        if (said is { } value)
        {
            WriteLayer(json, FlagOrigin.Override, value);
        }

        if (rule is not null)
        {
            WriteLayer(json, FlagOrigin.Runtime, rule.PlainValue);
        }

        json.WriteEndArray();
    }

    private static void WriteKind(Utf8JsonWriter json, FlagType type, string description, FlagApply apply, bool forClients)
    {
        json.WriteString("type"u8, FlagRuleJson.NameOf(type));
        json.WriteString("description"u8, description);
        json.WriteString("apply"u8, FlagRuleJson.NameOf(apply));
        json.WriteBoolean("for_clients"u8, forClients);
    }

    private static void WriteInEffect(Utf8JsonWriter json, object value, FlagOrigin origin)
    {
        json.WritePropertyName("value"u8);
        WriteValue(json, value);
        json.WriteString("origin"u8, NameOf(origin));
    }

    private static void WriteLayer(Utf8JsonWriter json, FlagOrigin origin, object value)
    {
        json.WriteStartObject();
        json.WriteString("origin"u8, NameOf(origin));
        json.WritePropertyName("value"u8);
        WriteValue(json, value);
        json.WriteEndObject();
    }

    /// <summary>What is stored, with who stored it; and why a rollout stands where it does.</summary>
    private void WriteStored(Utf8JsonWriter json, KeptFlag? kept)
    {
        json.WriteNumber("version"u8, kept?.Stored.Version ?? 0);
        if (kept is null)
        {
            return;
        }

        json.WriteString("updated_at"u8, kept.Stored.UpdatedAt.UtcDateTime);
        json.WriteString("updated_by"u8, kept.Stored.UpdatedBy);
        (kept.Document with { Value = null }).WriteMembers(json);
        if (kept.Document.Rollout is { IsOver: false })
        {
            var look = runtime.Rollouts.LastLook(kept.Stored.Name);
            json.WriteString("rollout_waits"u8, look?.Because);
            WriteFigures(json, look);
        }
    }

    private static void WriteFigures(Utf8JsonWriter json, RolloutLook? look)
    {
        if (look is null)
        {
            json.WriteNull("rollout_measured"u8);
            return;
        }

        json.WriteStartObject("rollout_measured"u8);
        Write(json, "variant", look.Variant);
        Write(json, "others", look.Others);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, RolloutFigures figures)
    {
        json.WriteStartObject(name);
        json.WriteNumber("requests"u8, figures.Requests);
        json.WriteNumber("errors"u8, figures.Errors);
        json.WriteNumber("error_rate"u8, figures.ErrorRate);
        if (figures.P95 is { } p95)
        {
            json.WriteNumber("p95_ms"u8, p95);
        }
        else
        {
            json.WriteNull("p95_ms"u8);
        }

        json.WriteEndObject();
    }
}
