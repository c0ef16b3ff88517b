using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Store;

/// <summary>Why a row cannot be stored, in the store's words.</summary>
/// <param name="Code">SQLite's name of the result code, or <c>invalid_utf8</c>, <c>nul_in_text</c>, <c>undecodable</c>.</param>
/// <param name="ConstraintName">The constraint that was broken, where it has a name.</param>
/// <param name="ColumnName">The column, where the message names one.</param>
/// <param name="Reason">The whole message.</param>
internal sealed record Refusal(string Code, string? ConstraintName, string? ColumnName, string Reason)
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

/// <summary>A row that is not stored, on its way to the dead letters or to the spool's parked rows.</summary>
/// <param name="Row">Its number in the batch, from 0.</param>
/// <param name="RowCount">1; more where the batch could not be decoded from this row on.</param>
/// <param name="Payload">Bytes from which the row can be made again: a batch payload of its own.</param>
/// <param name="Json">The row as a person would want to see it.</param>
internal sealed record RefusedRow(SpooledBatch Batch, int Row, int RowCount, ReadOnlyMemory<byte> Payload, string Json, Refusal Refusal)
{
    /// <summary>
    /// What is left of a batch that cannot be read on: one letter with all the bytes, in the name of all the rows. It is never parked: a
    /// parked row stands for one row, and the count would be lost.
    /// </summary>
    public static RefusedRow Undecodable(SpooledBatch batch, int row, ReadOnlyMemory<byte> bytes, string reason) => new(
        batch, row, batch.Count - row, bytes, DeadLetterPayload.OfBytes(bytes.Span), new Refusal("undecodable", null, null, reason));

    public bool CanPark => Refusal.Code != "undecodable";

    public string KindName => Batch.Kind == SpoolKind.Event ? "event" : "sample";
}
