using System.Buffers.Text;

namespace Holdfast.Pipeline;

/// <summary>
/// Reads instants as RFC 3339 writes them: <c>2026-01-31T08:30:00.25Z</c>, with an offset always, a fraction of any length (cut to
/// microseconds) and a leap second. Stricter than the framework's parsers, which take dates without an offset for local time.
/// </summary>
internal static class Rfc3339
{
    private const int DateAndTimeLength = 19;

    /// <summary>Microseconds since 1970 in UTC.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long microseconds)
    {
        microseconds = 0;
        if (text.Length <= DateAndTimeLength || !TryParseDateAndTime(text[..DateAndTimeLength], out var seconds))
        {
            return false;
        }

        var rest = text[DateAndTimeLength..];
        if (!TryTakeFraction(ref rest, out var fraction) || !TryParseOffset(rest, out var offsetSeconds))
        {
            return false;
        }

        microseconds = ((seconds - offsetSeconds) * 1_000_000) + fraction;
        return true;
    }

    private static bool TryParseDateAndTime(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        unixSeconds = 0;
        var separated = text[4] == '-' && text[7] == '-' && (text[10] | 0x20) is 't' or ' ' && text[13] == ':' && text[16] == ':';
        if (!separated
            || !TryNumber(text[..4], out var year) || !TryNumber(text[5..7], out var month) || !TryNumber(text[8..10], out var day)
            || !TryNumber(text[11..13], out var hour) || !TryNumber(text[14..16], out var minute) || !TryNumber(text[17..], out var second))
        {
            return false;
        }

        var valid = year >= 1 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            && hour <= 23 && minute <= 59 && second <= 60;
        if (valid)
        {
            // A leap second (:60) is the instant at which the next minute starts: clocks count it twice.
            var date = new DateOnly(year, month, day).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
            unixSeconds = (((((date * 24L) + hour) * 60) + minute) * 60) + second;
        }

        return valid;
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<byte> rest, out long microseconds)
    {
        microseconds = 0;
        if (rest[0] != '.')
        {
            return true;
        }

        var unit = 100_000;
        var at = 1;
        for (; at < rest.Length && rest[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            microseconds += (rest[at] - '0') * unit;
            unit /= 10;
        }

        rest = rest[at..];
        return at > 1;
    }

    private static bool TryParseOffset(ReadOnlySpan<byte> rest, out long seconds)
    {
        seconds = 0;
        if (rest.Length == 1)
        {
            return (rest[0] | 0x20) == 'z';
        }

        if (rest.Length != 6 || rest[0] is not ((byte)'+' or (byte)'-') || rest[3] != ':'
            || !TryNumber(rest[1..3], out var hours) || !TryNumber(rest[4..], out var minutes))
        {
            return false;
        }

        seconds = ((hours * 60L) + minutes) * (rest[0] == '-' ? -60 : 60);
        return hours <= 23 && minutes <= 59;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int value) =>
        Utf8Parser.TryParse(digits, out value, out var used) && used == digits.Length && digits[0] is not ((byte)'-' or (byte)'+');
}
