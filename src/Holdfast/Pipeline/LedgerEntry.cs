namespace Holdfast.Pipeline;

/// <summary>One entry of the batch ledger: a stored batch, or consecutive batches that are lost for good.</summary>
internal readonly record struct LedgerEntry(long FirstBatchSeq, long LastBatchSeq, string State, string Kind, long RowCount, long LastSequence);
