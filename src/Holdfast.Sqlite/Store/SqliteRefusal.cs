using Holdfast.Pipeline;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>Why SQLite does not take a row.</summary>
internal static class SqliteRefusal
{
    private const string Marker = "constraint failed: ";

    public static Refusal InvalidUtf8 { get; } = new("invalid_utf8", null, null, "A text is not valid UTF-8.");

    /// <summary>SQLite would keep the text, and measure and show it only up to the NUL.</summary>
    public static Refusal NulInText { get; } = new("nul_in_text", null, null, "A text holds a NUL character.");

    /// <param name="resultCode">The extended code.</param>
    /// <param name="message">SQLite's message: <c>CHECK constraint failed: name</c> or <c>NOT NULL constraint failed: table.column</c>.</param>
    public static Refusal From(int resultCode, string message)
    {
        var at = message.IndexOf(Marker, StringComparison.Ordinal);
        var subject = at < 0 ? null : message[(at + Marker.Length)..];
        var dot = subject?.LastIndexOf('.') ?? -1;
        return dot < 0
            ? new Refusal(SqliteResultCodes.NameOf(resultCode), subject, null, message)
            : new Refusal(SqliteResultCodes.NameOf(resultCode), null, subject![(dot + 1)..], message);
    }
}
