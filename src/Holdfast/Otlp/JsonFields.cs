using System.Globalization;
using System.Text.Json;

namespace Holdfast.Otlp;

/// <summary>
/// Steps through JSON as Protocol Buffers map onto it: members that are not known or null are passed over, numbers of 64 bits come as texts
/// or as numbers, and a double may be one of the names that JSON has no number for.
/// </summary>
internal static class JsonFields
{
    /// <summary>Moves to the next member of an object, whose begin or last value the reader is at; false at its end.</summary>
    public static bool NextMember(ref Utf8JsonReader reader)
    {
        Advance(ref reader);
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Moves to the next element of an array, whose begin or last element the reader is at; false at its end.</summary>
    public static bool NextElement(ref Utf8JsonReader reader)
    {
        Advance(ref reader);
        return reader.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>Moves to the value if the reader is at a member of this name whose value is not null.</summary>
    public static bool TryMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (reader.TokenType != JsonTokenType.PropertyName || !IsNamed(ref reader, name))
        {
            return false;
        }

        Advance(ref reader);
        return reader.TokenType != JsonTokenType.Null;
    }

    private static bool IsNamed(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException fault)
        {
            throw new OtlpFormatException($"The name at byte {reader.TokenStartIndex} is not UTF-8.", fault);
        }
    }

    /// <summary>The same for an object or an array.</summary>
    public static bool TryMember(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, JsonTokenType begin)
    {
        if (!TryMember(ref reader, name))
        {
            return false;
        }

        Expect(ref reader, begin);
        return true;
    }

    public static void Expect(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        if (reader.TokenType != expected)
        {
            throw Wrong(ref reader, expected.ToString());
        }
    }

    /// <summary>The bytes of the value that the reader is at, and moves to its end.</summary>
    public static ReadOnlySpan<byte> ReadRaw(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var from = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[from..(int)reader.BytesConsumed];
    }

    public static string ReadText(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.String);
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            throw new OtlpFormatException($"The text at byte {reader.TokenStartIndex} is not UTF-8.", fault);
        }
    }

    public static bool ReadBool(ref Utf8JsonReader reader) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : throw Wrong(ref reader, "a truth value");

    public static ulong ReadUInt64(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out var number))
        {
            return number;
        }

        return reader.TokenType == JsonTokenType.String && ulong.TryParse(ReadText(ref reader), NumberStyles.None, CultureInfo.InvariantCulture, out var text)
            ? text
            : throw Wrong(ref reader, "a whole number of 64 bits without a sign");
    }

    public static long ReadInt64(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number))
        {
            return number;
        }

        return reader.TokenType == JsonTokenType.String && long.TryParse(ReadText(ref reader), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var text)
            ? text
            : throw Wrong(ref reader, "a whole number of 64 bits");
    }

    public static int ReadInt32(ref Utf8JsonReader reader) =>
        ReadInt64(ref reader) is var number && number is >= int.MinValue and <= int.MaxValue ? (int)number : throw Wrong(ref reader, "a whole number of 32 bits");

    public static double ReadDouble(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number))
        {
            return number;
        }

        return reader.TokenType == JsonTokenType.String && double.TryParse(ReadText(ref reader), NumberStyles.Float, CultureInfo.InvariantCulture, out var text)
            ? text
            : throw Wrong(ref reader, "a number");
    }

    /// <summary>By number, as the protocol has it; the names that Protocol Buffers also allow are taken, too.</summary>
    public static Temporality ReadTemporality(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String
            ? ReadText(ref reader) switch
            {
                "AGGREGATION_TEMPORALITY_DELTA" => Temporality.Delta,
                "AGGREGATION_TEMPORALITY_CUMULATIVE" => Temporality.Cumulative,
                _ => Temporality.Unspecified,
            }
            : ReadInt64(ref reader) switch { 1 => Temporality.Delta, 2 => Temporality.Cumulative, _ => Temporality.Unspecified };

    private static void Advance(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new OtlpFormatException("The body ends too early.");
        }
    }

    private static OtlpFormatException Wrong(ref Utf8JsonReader reader, string expected) =>
        new($"At byte {reader.TokenStartIndex} there is {reader.TokenType}, and not {expected}.");
}
