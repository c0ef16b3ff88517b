using System.Text.Unicode;
using Holdfast.Pipeline;
using Holdfast.Postgres.Database;

namespace Holdfast.Postgres.Store;

/// <summary>
/// Texts that PostgreSQL would refuse whatever the schema, found before they are sent: any number of them costs next to nothing here, and
/// a round trip each there. The codes are those that PostgreSQL would have answered with.
/// </summary>
internal static class TextFaults
{
    private const byte Backslash = (byte)'\\';

    public static Refusal? Of(in EventRow row) =>
        OfText(row.EventType.Span, "event_type") ?? OfText(row.Source.Span, "source") ?? OfJson(row.Data.Span, "data") ?? OfJson(row.Metadata.Span, "metadata");

    private static Refusal? OfText(ReadOnlySpan<byte> text, string column) =>
        !Utf8.IsValid(text) ? new Refusal(SqlStates.InvalidText, null, column, $"{column} is not valid UTF-8.")
        : text.Contains((byte)0) ? new Refusal(SqlStates.InvalidText, null, column, $"{column} holds a NUL character, which PostgreSQL cannot store.")
        : null;

    private static Refusal? OfJson(ReadOnlySpan<byte> json, string column) =>
        OfText(json, column)
        ?? (HoldsEscapedNul(json)
            ? new Refusal(SqlStates.UntranslatableCharacter, null, column, $"{column} holds a NUL character (\\u0000), which JSONB cannot store.")
            : NumericRange.MayExceed(json) && NumericRange.Exceeds(json)
                ? new Refusal(SqlStates.OutOfRange, null, column, $"{column} holds a number beyond the range of numeric, which JSONB cannot store.")
                : null);

    /// <summary>Whether <c>\u0000</c> stands in it as an escape, and not as an escaped backslash before <c>u0000</c>.</summary>
    internal static bool HoldsEscapedNul(ReadOnlySpan<byte> json)
    {
        var escape = "\\u0000"u8;
        for (int at; (at = json.IndexOf(escape)) >= 0; json = json[(at + escape.Length)..])
        {
            var before = json[..at];
            var backslashes = before.Length - 1 - before.LastIndexOfAnyExcept(Backslash);
            if (backslashes % 2 == 0)
            {
                return true;
            }
        }

        return false;
    }
}
