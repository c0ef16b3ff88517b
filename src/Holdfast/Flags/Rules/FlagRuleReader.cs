using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>Reads rules as people write them and as they are stored. Every fault is listed.</summary>
internal static class FlagRuleReader
{
    private const string On = "on";
    private const string Off = "off";
    private const int NameLengthMax = 50;

    /// <param name="definition">The setting that the rule is for: its variants have to be values of it. Null for a flag of a user's.</param>
    public static FlagRule Read(JsonElement json, FlagDefinition? definition, List<FlagFault> faults, string path = "rule")
    {
        var fields = new FlagFields(json, path, faults);
        var type = ReadType(fields, definition);
        var variants = ReadVariants(fields, definition, type);
        var names = variants.Select(variant => variant.Name).ToHashSet(StringComparer.Ordinal);
        var fallback = ReadVariantName(fields, "default", names, type == FlagType.Bool ? Off : null);
        var rule = new FlagRule
        {
            Type = type,
            Description = fields.Text("description") ?? definition?.Description ?? "",
            Variants = variants,
            DefaultVariant = fallback,
            OffVariant = ReadVariantName(fields, "off", names, fallback),
            Enabled = fields.Bool("enabled", fallback: true),
            Overrides = ReadOverrides(fields, names),
            Targeting = ReadTargets(fields, names, faults),
            Split = ReadSplit(fields, names, faults),
            Salt = fields.Text("salt", FlagLimits.KeyLengthMax),
            Apply = fields.Choice("apply", FlagRuleJson.Applies, definition?.Apply ?? FlagApply.Session),
        };
        fields.RefuseUnknown();
        return rule;
    }

    private static FlagType ReadType(FlagFields fields, FlagDefinition? definition)
    {
        var type = fields.Choice("type", FlagRuleJson.Types, definition?.Type ?? FlagType.Bool);
        if (definition is { } known && known.Type != type)
        {
            fields.Fault("type", $"{known.Name} is of type {FlagRuleJson.NameOf(known.Type)}.");
        }

        return type;
    }

    private static List<FlagVariant> ReadVariants(FlagFields fields, FlagDefinition? definition, FlagType type)
    {
        if (!fields.Has("variants") && type == FlagType.Bool)
        {
            return [new(On, JsonSerializer.SerializeToElement(true)), new(Off, JsonSerializer.SerializeToElement(false))];
        }

        var judge = definition ?? new FlagDefinition("it", type, "", "");
        var variants = new List<FlagVariant>();
        foreach (var member in fields.Members("variants", FlagLimits.VariantsMax))
        {
            var parsed = FlagParser.Json(judge, member.Value);
            if (member.Name.Length is 0 or > NameLengthMax || parsed.Fault is not null)
            {
                fields.Fault($"variants.{Shown(member.Name)}", parsed.Fault is { } fault ? $"The value {fault}." : $"A name of 1 to {NameLengthMax} characters is wanted.");
            }

            variants.Add(new FlagVariant(member.Name, member.Value.Clone()));
        }

        if (variants.Count == 0)
        {
            fields.Fault("variants", "At least one value with a name is wanted: {\"on\": true, \"off\": false}.");
        }

        return variants;
    }

    /// <summary>The name of a variant that there is; the first one where there is none, so that reading can go on.</summary>
    private static string ReadVariantName(FlagFields fields, string name, HashSet<string> variants, string? fallback)
    {
        var said = fields.Text(name, NameLengthMax) ?? fallback;
        if (said is not null && variants.Contains(said))
        {
            return said;
        }

        fields.Fault(name, $"The name of a variant is wanted: {string.Join(", ", variants)}.");
        return variants.FirstOrDefault() ?? "";
    }

    private static List<FlagOverride> ReadOverrides(FlagFields fields, HashSet<string> variants)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var overrides = new List<FlagOverride>();
        foreach (var member in fields.Members("overrides", FlagLimits.VariantsMax))
        {
            var field = $"overrides.{Shown(member.Name)}";
            if (!variants.Contains(member.Name))
            {
                fields.Fault(field, $"There is no such variant. Known: {string.Join(", ", variants)}.");
            }

            overrides.Add(new FlagOverride(member.Name, ReadKeys(fields, field, member.Value, seen)));
        }

        return overrides;
    }

    private static HashSet<string> ReadKeys(FlagFields fields, string field, JsonElement list, HashSet<string> seen)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        if (list.ValueKind != JsonValueKind.Array || seen.Count + list.GetArrayLength() > FlagLimits.KeysMax)
        {
            fields.Fault(field, $"A list of keys is wanted, at most {FlagLimits.KeysMax} in all.");
            return keys;
        }

        foreach (var item in list.EnumerateArray())
        {
            if (FlagValues.Text(item) is not { Length: > 0 and <= FlagLimits.KeyLengthMax } key || key.Contains('\0'))
            {
                fields.Fault(field, $"Keys of 1 to {FlagLimits.KeyLengthMax} characters are wanted.");
            }
            else if (!seen.Add(key))
            {
                fields.Fault(field, $"The key {Shown(key)} comes twice.");
            }
            else
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private static List<FlagTarget> ReadTargets(FlagFields fields, HashSet<string> variants, List<FlagFault> faults)
    {
        var conditions = new FlagConditionJson(faults);
        return [.. fields.List("targeting", FlagLimits.TargetsMax).Select((json, i) => ReadTarget(json, fields.Path($"targeting[{i}]"), i, variants, conditions, faults))];
    }

    private static FlagTarget ReadTarget(JsonElement json, string path, int index, HashSet<string> variants, FlagConditionJson conditions, List<FlagFault> faults)
    {
        var fields = new FlagFields(json, path, faults);
        var name = fields.Text("name", NameLengthMax) ?? $"{index + 1}";
        var condition = fields.Find("if") is { } given ? conditions.Read(given, fields.Path("if")) : new AllHold([]);
        if (!fields.Has("if"))
        {
            fields.Fault("if", "A condition is wanted.");
        }

        var split = ReadSplit(fields, variants, faults);
        var variant = fields.Has("split") ? null : ReadVariantName(fields, "variant", variants, null);
        if (fields.Has("split") && fields.Has("variant"))
        {
            fields.Fault("variant", "Either a variant or a split is wanted.");
        }

        fields.RefuseUnknown();
        return new FlagTarget(name, condition, variant, split) { Source = fields.Find("if")?.Clone() ?? default };
    }

    private static FlagSplit ReadSplit(FlagFields fields, HashSet<string> variants, List<FlagFault> faults)
    {
        var shares = fields.List("split", FlagLimits.VariantsMax).Select((json, i) => ReadShare(json, fields.Path($"split[{i}]"), variants, faults)).ToList();
        if (shares.Sum(share => (long)share.Buckets) > FlagBucket.Count)
        {
            fields.Fault("split", "The percentages are more than 100 together.");
        }

        if (shares.DistinctBy(share => share.Variant).Count() < shares.Count)
        {
            fields.Fault("split", "A variant has one share.");
        }

        return new FlagSplit(shares);
    }

    private static FlagShare ReadShare(JsonElement json, string path, HashSet<string> variants, List<FlagFault> faults)
    {
        var fields = new FlagFields(json, path, faults);
        var variant = ReadVariantName(fields, "variant", variants, null);
        var percent = fields.Find("percent") is { ValueKind: JsonValueKind.Number } number && number.TryGetDecimal(out var value) ? value : -1;
        if (percent is < 0 or > 100)
        {
            fields.Fault("percent", "A number from 0 to 100 is wanted.");
            percent = 0;
        }

        fields.RefuseUnknown();
        return new FlagShare(variant, FlagShare.BucketsOf(percent));
    }

    private static string Shown(string name) => name.Length <= NameLengthMax ? name : name[..NameLengthMax] + "...";
}
