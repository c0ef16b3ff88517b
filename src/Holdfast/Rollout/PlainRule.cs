using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Flags.Rules;

namespace Holdfast.Rollout;

/// <summary>The rule of a user's flag that is set to one value for everybody.</summary>
internal static class PlainRule
{
    public static FlagRule Of(JsonElement value)
    {
        var type = TypeOf(value);
        var variants = type == FlagType.Bool
            ? [new("on", JsonSerializer.SerializeToElement(true)), new("off", JsonSerializer.SerializeToElement(false))]
            : new List<FlagVariant> { new("value", value.Clone()) };
        var fallback = value.ValueKind switch { JsonValueKind.True => "on", JsonValueKind.False => "off", _ => "value" };
        return new FlagRule { Type = type, Variants = variants, DefaultVariant = fallback, OffVariant = type == FlagType.Bool ? "off" : fallback };
    }

    private static FlagType TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => FlagType.Bool,
        JsonValueKind.String => FlagType.String,
        JsonValueKind.Number => value.TryGetInt64(out _) ? FlagType.Int : FlagType.Float,
        _ => FlagType.Json,
    };
}
