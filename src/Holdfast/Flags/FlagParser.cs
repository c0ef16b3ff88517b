using System.Globalization;
using System.Text.Json;

namespace Holdfast.Flags;

/// <summary>A value of a flag's type that its validator accepts, or the fault. A fault never has the value of a secret.</summary>
internal readonly record struct FlagParse(object? Value, string? Fault, bool WrongType)
{
    public static FlagParse Of(object value) => new(value, null, WrongType: false);
}

/// <summary>Makes typed values out of text, JSON and objects; pure.</summary>
internal static class FlagParser
{
    private const int ShownLength = 60;

    /// <summary>From the environment: text.</summary>
    public static FlagParse Text(FlagDefinition flag, string text)
    {
        object? value = flag.Type switch
        {
            FlagType.Bool => Truth(text),
            FlagType.Int => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
            FlagType.Float => Finite(text),
            FlagType.Json => Document(text),
            _ => text,
        };
        return value is null ? WrongType(flag, text) : Judge(flag, value);
    }

    /// <summary>From a file: JSON of the flag's own type; text that only looks like a number is not a number there.</summary>
    public static FlagParse Json(FlagDefinition flag, JsonElement element)
    {
        object? value = (flag.Type, element.ValueKind) switch
        {
            (FlagType.Bool, JsonValueKind.True) => true,
            (FlagType.Bool, JsonValueKind.False) => false,
            (FlagType.Int, JsonValueKind.Number) => element.TryGetInt64(out var number) ? number : null,
            (FlagType.Float, JsonValueKind.Number) => double.IsFinite(element.GetDouble()) ? element.GetDouble() : null,
            (FlagType.String, JsonValueKind.String) => element.GetString(),
            (FlagType.Json, not JsonValueKind.Undefined) => element.Clone(),
            _ => null,
        };
        return value is null ? WrongType(flag, element.GetRawText()) : Judge(flag, value);
    }

    /// <summary>From code: any number type for a number, a JSON element for anything.</summary>
    public static FlagParse Object(FlagDefinition flag, object value) => (flag.Type, value) switch
    {
        (_, JsonElement element) => Json(flag, element),
        (FlagType.Int, sbyte or byte or short or ushort or int or uint) => Judge(flag, Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        (FlagType.Float, float or int or long) => Judge(flag, Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => Judge(flag, value),
    };

    /// <summary>The type, then the validator.</summary>
    public static FlagParse Judge(FlagDefinition flag, object value)
    {
        var rightType = flag.Type switch
        {
            FlagType.Bool => value is bool,
            FlagType.Int => value is long,
            FlagType.Float => value is double number && double.IsFinite(number),
            FlagType.Json => value is JsonElement,
            _ => value is string,
        };
        if (!rightType)
        {
            return WrongType(flag, value.ToString() ?? "");
        }

        return flag.Validator?.Invoke(value) is { } must
            ? new FlagParse(null, must + Shown(flag, value.ToString() ?? ""), WrongType: false)
            : FlagParse.Of(value);
    }

    private static FlagParse WrongType(FlagDefinition flag, string given)
    {
        var must = flag.Type switch
        {
            FlagType.Bool => "must be true or false (or 1, yes, on, 0, no, off)",
            FlagType.Int => "must be a whole number",
            FlagType.Float => "must be a finite number",
            FlagType.Json => "must be JSON",
            _ => "must be text",
        };
        return new FlagParse(null, must + Shown(flag, given), WrongType: true);
    }

    private static string Shown(FlagDefinition flag, string given)
    {
        if (flag.Secret)
        {
            return "";
        }

        return given.Length <= ShownLength ? $", not \"{given}\"" : $", not \"{given[..ShownLength]}...\"";
    }

    private static object? Truth(string text) => text.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "on" => true,
        "false" or "0" or "no" or "off" => false,
        _ => null,
    };

    private static double? Finite(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static JsonElement? Document(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Not JSON is an answer here, not an accident: the caller reports it with the flag's name.
            return null;
        }
    }
}
