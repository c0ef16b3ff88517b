using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>Why a row cannot be stored, in the store's words.</summary>
/// <param name="Code">The database's name of the fault (SQLite's result code, PostgreSQL's SQLSTATE), or <c>undecodable</c> and the like.</param>
/// <param name="ConstraintName">The constraint that was broken, where it has a name.</param>
/// <param name="ColumnName">The column, where the message names one.</param>
/// <param name="Reason">The whole message.</param>
internal sealed record Refusal(string Code, string? ConstraintName, string? ColumnName, string Reason);

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
        batch, row, batch.FirstRow + batch.Count - row, bytes, DeadLetterPayload.OfBytes(bytes.Span), new Refusal("undecodable", null, null, reason));

    public bool CanPark => Refusal.Code != "undecodable";

    public string KindName => Batch.Kind == SpoolKind.Event ? "event" : "sample";
}
