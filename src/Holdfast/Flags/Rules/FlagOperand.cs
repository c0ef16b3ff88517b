using System.Text.Json;

namespace Holdfast.Flags.Rules;

/// <summary>What a condition compares: something written in the rule, or a place in the context.</summary>
internal abstract record FlagOperand
{
    /// <summary>The value; <see cref="JsonValueKind.Undefined"/> where there is none.</summary>
    public abstract JsonElement Read(JsonElement context);
}

internal sealed record FlagLiteral(JsonElement Value) : FlagOperand
{
    public override JsonElement Read(JsonElement context) => Value;
}

/// <summary>A place in the context, <c>app.version</c>, and what stands for it where the context has none.</summary>
internal sealed record FlagVariable(IReadOnlyList<string> Path, JsonElement Fallback) : FlagOperand
{
    public override JsonElement Read(JsonElement context)
    {
        var place = context;
        foreach (var name in Path)
        {
            if (place.ValueKind != JsonValueKind.Object || !place.TryGetProperty(name, out place))
            {
                return Fallback;
            }
        }

        return place;
    }
}

/// <summary>JSON values as conditions see them. Nothing throws: a text with half of a surrogate pair is no text.</summary>
internal static class FlagValues
{
    public static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair, which the parser lets through
        }
    }

    public static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    /// <summary>Equal and of one type. Lists and objects are equal to nothing: comparing them would cost what the context makes it cost.</summary>
    public static bool Same(JsonElement left, JsonElement right) => (left.ValueKind, right.ValueKind) switch
    {
        (JsonValueKind.Number, JsonValueKind.Number) => SameNumber(left, right),
        (JsonValueKind.String, JsonValueKind.String) => Text(left) is { } text && text == Text(right),
        (JsonValueKind.True, JsonValueKind.True) or (JsonValueKind.False, JsonValueKind.False) => true,
        _ => IsNothing(left) && IsNothing(right),
    };

    private static bool IsNothing(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    // Two ids above 2^53 are different numbers and one double.
    private static bool SameNumber(JsonElement left, JsonElement right) =>
        left.TryGetDecimal(out var one) && right.TryGetDecimal(out var other) ? one == other : left.GetDouble() == right.GetDouble();
}
