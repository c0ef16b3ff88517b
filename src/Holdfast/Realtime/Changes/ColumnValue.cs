using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Storage;

namespace Holdfast.Realtime.Changes;

/// <summary>
/// A value of a column: texts, identifiers and JSON as UTF-8; whole numbers, truths, days and instants (microseconds since 1970) as a whole
/// number; the rest as a real one.
/// </summary>
internal readonly record struct ColumnValue
{

    private ColumnValue(ColumnType type, ReadOnlyMemory<byte> utf8, long whole, double real) =>
        (Type, Utf8, Whole, Real) = (type, utf8, whole, real);

    public ColumnType Type { get; }

    public bool IsNull { get; private init; }

    public ReadOnlyMemory<byte> Utf8 { get; }

    public long Whole { get; }

    public double Real { get; }

    public static ColumnValue Null(ColumnType type) => new(type, default, 0, 0) { IsNull = true };

    public static ColumnValue Text(ReadOnlyMemory<byte> utf8, ColumnType type = ColumnType.Text) => new(type, utf8, 0, 0);

    public static ColumnValue Text(string text, ColumnType type = ColumnType.Text) => Text(Encoding.UTF8.GetBytes(text), type);

    public static ColumnValue TextOrNull(string? text) => text is null ? Null(ColumnType.Text) : Text(text);

    /// <param name="json">Valid JSON.</param>
    public static ColumnValue Json(string json) => Text(json, ColumnType.Json);

    public static ColumnValue Of(Guid id)
    {
        var text = new byte[36];
        Utf8Formatter.TryFormat(id, text, out _);
        return new ColumnValue(ColumnType.Uuid, text, 0, 0);
    }

    public static ColumnValue Of(long number, ColumnType type = ColumnType.Int8) => new(type, default, number, 0);

    public static ColumnValue Of(double number) => new(ColumnType.Float8, default, 0, number);

    public static ColumnValue Instant(long microseconds) => new(ColumnType.Instant, default, microseconds, 0);

    public static ColumnValue Instant(DateTimeOffset instant) => Instant(UnixMicroseconds.From(instant));

    /// <summary>The day of an instant, UTC.</summary>
    public static ColumnValue Date(DateTimeOffset instant) =>
        new(ColumnType.Date, default, DateOnly.FromDateTime(instant.UtcDateTime).DayNumber, 0);

    /// <summary>Reads a value as it stands in a filter; null: it is none of that type.</summary>
    public static ColumnValue? Parse(string text, ColumnType type) => type switch
    {
        ColumnType.Text or ColumnType.Varchar => Text(text, type),
        ColumnType.Uuid => Guid.TryParse(text, out var id) ? Of(id) : null,
        ColumnType.Json => Wire.PhoenixText.IsJson(Encoding.UTF8.GetBytes(text)) ? Json(text) : null,
        ColumnType.Bool => ParseBool(text),
        ColumnType.Int4 or ColumnType.Int8 => long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var whole) ? Of(whole, type) : null,
        ColumnType.Float8 => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? Of(real) : null,
        ColumnType.Instant => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? Instant(instant) : null,
        ColumnType.Date => DateOnly.TryParse(text, CultureInfo.InvariantCulture, out var day) ? new ColumnValue(type, default, day.DayNumber, 0) : null,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type."),
    };

    /// <summary>Compares values of one type, neither of them null. Texts go by their code points; JSON has no order and is equal or not.</summary>
    public int Compare(in ColumnValue other) => Type switch
    {
        ColumnType.Text or ColumnType.Varchar or ColumnType.Uuid => Utf8.Span.SequenceCompareTo(other.Utf8.Span),
        ColumnType.Json => JsonEquals(Utf8, other.Utf8) ? 0 : 1,
        ColumnType.Float8 => Real.CompareTo(other.Real),
        _ => Whole.CompareTo(other.Whole),
    };

    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);

    public void Write(Utf8JsonWriter json)
    {
        if (IsNull)
        {
            json.WriteNullValue();
            return;
        }

        switch (Type)
        {
            case ColumnType.Text or ColumnType.Varchar or ColumnType.Uuid:
                json.WriteStringValue(Utf8.Span);
                break;
            case ColumnType.Json:
                json.WriteRawValue(Utf8.Span, skipInputValidation: true);
                break;
            case ColumnType.Bool:
                json.WriteBooleanValue(Whole != 0);
                break;
            case ColumnType.Float8:
                json.WriteNumberValue(Real);
                break;
            case ColumnType.Instant:
                json.WriteStringValue(InstantText());
                break;
            case ColumnType.Date:
                json.WriteStringValue(DateOnly.FromDayNumber((int)Whole).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteNumberValue(Whole);
                break;
        }
    }

    /// <summary>Bytes it takes in JSON, about.</summary>
    public int SizeBytes => Math.Max(Utf8.Length, 8);

    // As PostgreSQL writes an instant into JSON: no fraction where there is none.
    private string InstantText() => UnixMicroseconds.ToInstant(Whole).ToString(
        Whole % UnixMicroseconds.PerSecond == 0 ? "yyyy-MM-ddTHH:mm:ss+00:00" : "yyyy-MM-ddTHH:mm:ss.FFFFFF+00:00", CultureInfo.InvariantCulture);

    private static ColumnValue? ParseBool(string text) => text.Trim().ToLowerInvariant() switch
    {
        "t" or "true" or "y" or "yes" or "on" or "1" => new ColumnValue(ColumnType.Bool, default, 1, 0),
        "f" or "false" or "n" or "no" or "off" or "0" => new ColumnValue(ColumnType.Bool, default, 0, 0),
        _ => null,
    };

    // As deep as anything here may be nested, and beyond.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    private static bool JsonEquals(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        if (first.Span.SequenceEqual(second.Span))
        {
            return true;
        }

        if (KindOf(first.Span) != KindOf(second.Span))
        {
            return false;
        }

        using var one = JsonDocument.Parse(first, Deep);
        using var other = JsonDocument.Parse(second, Deep);
        return JsonElement.DeepEquals(one.RootElement, other.RootElement);
    }

    // The byte that a value begins with says what it is; all numbers are one kind.
    private static byte KindOf(ReadOnlySpan<byte> json) =>
        json.TrimStart(" \t\r\n"u8) is [var first, ..] ? first is (byte)'-' or (>= (byte)'0' and <= (byte)'9') ? (byte)'0' : first : default;
}
