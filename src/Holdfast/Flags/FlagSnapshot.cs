using System.Collections.Frozen;
using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>The values in effect at one moment, secrets in clear.</summary>
internal sealed record FlagSnapshot(FlagStack Stack, FrozenDictionary<string, FlagValue> Values)
{
    public static FlagSnapshot Of(FlagSchema schema, FlagStack stack) =>
        new(stack, schema.GetAll().ToFrozenDictionary(flag => flag.Name, stack.Resolve, StringComparer.Ordinal));

    /// <summary>The same process with other layers: what is read once at start stays as the process read it.</summary>
    public FlagSnapshot Next(FlagStack stack) => new(stack, Values.ToFrozenDictionary(
        entry => entry.Key,
        entry =>
        {
            var resolved = stack.Resolve(entry.Value.Definition);
            return entry.Value.Definition.Apply == FlagApply.Start
                ? resolved with { Value = entry.Value.Value, Origin = entry.Value.Origin }
                : resolved;
        },
        StringComparer.Ordinal));

    /// <summary>What differs, by value: a value that now comes from another layer has not changed.</summary>
    public IEnumerable<FlagChange> ChangesSince(FlagSnapshot earlier) =>
        from value in Values.Values
        let before = earlier.Values[value.Definition.Name].Value
        where !Same(before, value.Value)
        orderby value.Definition.Name
        select new FlagChange(value.Definition.Name, Mask(value.Definition, before), Mask(value.Definition, value.Value), value.Origin);

    public static bool Same(object left, object right) => (left, right) switch
    {
        (JsonElement one, JsonElement other) => JsonElement.DeepEquals(one, other),
        _ => left.Equals(right),
    };

    /// <summary>As it may be shown: a secret that is set reads <c>***</c>.</summary>
    public static FlagValue Mask(FlagValue value) => value.Definition.Secret
        ? value with
        {
            Value = Mask(value.Definition, value.Value),
            Layers = [.. value.Layers.Select(layer => (layer.Origin, Mask(value.Definition, layer.Value)))],
        }
        : value;

    private static object Mask(FlagDefinition flag, object value) => flag.Secret && value is not "" ? "***" : value;
}
