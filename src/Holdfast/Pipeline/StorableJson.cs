using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast.Pipeline;

/// <summary>What JSON may be, so that every store can keep it in every column: <c>jsonb</c> of PostgreSQL is the strictest.</summary>
internal static class StorableJson
{
    private const int DepthMax = 64;

    // PostgreSQL ends at 131,072 digits; nobody means a number with so many.
    private const int NumberCharsMax = 1_000;

    private const string NotJson = "JSON in UTF-8, nested 64 deep at most, is wanted.";

    /// <summary>What is wrong with it, for people; null: nothing.</summary>
    /// <param name="bytesMax">What it may have.</param>
    public static string? FaultOf(ReadOnlySpan<byte> json, int bytesMax)
    {
        if (json.Length > bytesMax)
        {
            return $"At most {bytesMax} bytes are taken, not {json.Length}.";
        }

        try
        {
            return Utf8.IsValid(json) ? FaultIn(new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax })) : NotJson;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second for half of a surrogate pair, which is no character.
            return NotJson;
        }
    }

    private static string? FaultIn(Utf8JsonReader reader)
    {
        while (reader.Read())
        {
            if (reader is { ValueIsEscaped: true, TokenType: JsonTokenType.String or JsonTokenType.PropertyName } && reader.GetString()!.Contains('\0'))
            {
                return "Has a NUL character (\\u0000), which databases cannot hold in JSON: encode what is binary, for example as base64.";
            }

            if (reader.TokenType == JsonTokenType.Number && (reader.ValueSpan.Length > NumberCharsMax || !double.IsFinite(reader.GetDouble())))
            {
                return "Has a number that is too large for databases: send it as text.";
            }
        }

        return null;
    }
}
