using System.Buffers;
using System.Text.Json;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Whether JSONB gives canonical JSON back as it was written. Everything but numbers it does; a number with an exponent or a negative zero
/// comes back in another spelling of the same value. Most events have neither, and are recognised without reading their tokens.
/// </summary>
internal static class JsonbSpelling
{
    private static readonly SearchValues<byte> Exponents = SearchValues.Create("eE"u8);

    public static bool Keeps(ReadOnlySpan<byte> json) => !MayHoldAnother(json) || NumbersAreKept(json);

    /// <summary>Looks for what only stands in such a number or in a text: a digit before an e, or a minus before a zero.</summary>
    internal static bool MayHoldAnother(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("-0"u8) >= 0)
        {
            return true;
        }

        for (int at; (at = json.IndexOfAny(Exponents)) >= 0; json = json[(at + 1)..])
        {
            if (at > 0 && char.IsAsciiDigit((char)json[at - 1]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool NumbersAreKept(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.Number && !IsKept(reader.ValueSpan))
                {
                    return false;
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON at all: the database refuses the row, however it is spelled.
        }

        return true;
    }

    private static bool IsKept(ReadOnlySpan<byte> number) =>
        !number.ContainsAny(Exponents) && (number[0] != '-' || number.ContainsAnyInRange((byte)'1', (byte)'9'));
}
