using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>The words of rules in JSON, and rules written with them; <see cref="FlagRuleReader"/> reads them.</summary>
internal static class FlagRuleJson
{
    public static IReadOnlyDictionary<string, FlagType> Types { get; } = new Dictionary<string, FlagType>(StringComparer.Ordinal)
    {
        ["bool"] = FlagType.Bool,
        ["string"] = FlagType.String,
        ["int"] = FlagType.Int,
        ["float"] = FlagType.Float,
        ["json"] = FlagType.Json,
    };

    public static IReadOnlyDictionary<string, FlagApply> Applies { get; } = new Dictionary<string, FlagApply>(StringComparer.Ordinal)
    {
        ["session"] = FlagApply.Session,
        ["immediate"] = FlagApply.Immediate,
    };

    public static void Write(Utf8JsonWriter json, FlagRule rule)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, NameOf(rule.Type));
        json.WriteString("description"u8, rule.Description);
        WriteVariants(json, rule.Variants);
        json.WriteString("default"u8, rule.DefaultVariant);
        json.WriteString("off"u8, rule.OffVariant);
        json.WriteBoolean("enabled"u8, rule.Enabled);
        WriteOverrides(json, rule.Overrides);
        WriteTargets(json, rule.Targeting);
        WriteSplit(json, rule.Split);
        json.WriteString("salt"u8, rule.Salt);
        json.WriteString("apply"u8, NameOf(rule.Apply));
        json.WriteEndObject();
    }

    public static string NameOf(FlagType type) => Types.First(pair => pair.Value == type).Key;

    public static string NameOf(FlagApply apply) => apply.ToString().ToLowerInvariant();

    private static void WriteVariants(Utf8JsonWriter json, IReadOnlyList<FlagVariant> variants)
    {
        json.WriteStartObject("variants"u8);
        foreach (var variant in variants)
        {
            json.WritePropertyName(variant.Name);
            variant.Value.WriteTo(json);
        }

        json.WriteEndObject();
    }

    private static void WriteOverrides(Utf8JsonWriter json, IReadOnlyList<FlagOverride> overrides)
    {
        json.WriteStartObject("overrides"u8);
        foreach (var named in overrides)
        {
            json.WriteStartArray(named.Variant);
            foreach (var key in named.Keys.Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(key);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteTargets(Utf8JsonWriter json, IReadOnlyList<FlagTarget> targets)
    {
        json.WriteStartArray("targeting"u8);
        foreach (var target in targets)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, target.Name);
            json.WritePropertyName("if"u8);
            target.Source.WriteTo(json);
            if (target.Variant is { } variant)
            {
                json.WriteString("variant"u8, variant);
            }
            else
            {
                WriteSplit(json, target.Split);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSplit(Utf8JsonWriter json, FlagSplit split)
    {
        json.WriteStartArray("split"u8);
        foreach (var share in split.Shares)
        {
            json.WriteStartObject();
            json.WriteString("variant"u8, share.Variant);
            json.WriteNumber("percent"u8, share.Percent);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
