using System.Globalization;
using System.Text.Json;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Finds numbers in JSON that PostgreSQL's numeric, and so JSONB, has no room for: 131,072 digits before the decimal point and 16,383 behind
/// it, whether written out or as an exponent.
/// </summary>
internal static class NumericRange
{
    private const int IntegerDigitsMax = 131_072;
    private const int FractionDigitsMax = 16_383;

    /// <summary>Whether reading the numbers is worth while: most JSON has no exponent and no room for so many digits.</summary>
    public static bool MayExceed(ReadOnlySpan<byte> json) => json.Length > FractionDigitsMax || JsonbSpelling.MayHoldAnother(json);

    public static bool Exceeds(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.Number && NumberExceeds(reader.ValueSpan))
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            // Not JSON at all: the database refuses the row for that.
        }

        return false;
    }

    private static bool NumberExceeds(ReadOnlySpan<byte> number)
    {
        var at = number.IndexOfAny((byte)'e', (byte)'E');
        var mantissa = (at < 0 ? number : number[..at]).TrimStart((byte)'-');
        var point = mantissa.IndexOf((byte)'.');
        var whole = (point < 0 ? mantissa : mantissa[..point]).TrimStart((byte)'0');
        var fraction = point < 0 ? [] : mantissa[(point + 1)..];
        var leadingZeros = whole.IsEmpty ? fraction.IndexOfAnyExcept((byte)'0') : 0;
        var isZero = leadingZeros < 0;
        var exponent = at < 0 ? 0 : ExponentOf(number[(at + 1)..]);
        return (!isZero && whole.Length - leadingZeros + exponent > IntegerDigitsMax) || fraction.Length - exponent > FractionDigitsMax;
    }

    // One of more digits than a long has is beyond all bounds as well.
    private static long ExponentOf(ReadOnlySpan<byte> text) =>
        text.Length <= 18 && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) ? exponent
        : text[0] == '-' ? int.MinValue : int.MaxValue;
}
