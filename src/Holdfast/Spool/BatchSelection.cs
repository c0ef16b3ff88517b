namespace Holdfast.Spool;

/// <summary>Collects the batches one read asks for, up to its limits. Batches are offered by ascending number.</summary>
internal sealed class BatchSelection(SpoolRead read)
{
    private readonly List<SpooledBatch> _batches = [];
    private long _rows;
    private long _bytes;

    public IReadOnlyList<SpooledBatch> Batches => _batches;

    /// <summary>No further batch fits.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Takes the batch if the read asks for it; the first that no longer fits ends the selection.</summary>
    public void Offer(SpooledBatch batch)
    {
        if (Wants(batch.Kind, batch.ReceivedAt, batch.FirstSequence + batch.Count - 1) && HasRoomFor(batch.Count, batch.Payload.Length))
        {
            Add(batch);
        }
    }

    public bool Wants(SpoolKind kind, DateTimeOffset receivedAt, long lastSequence) =>
        (read.Kinds.Count == 0 || read.Kinds.Contains(kind))
        && (read.ReceivedFrom is not { } from || receivedAt >= from)
        && (read.AfterSequence is not { } after || (kind == SpoolKind.Event && lastSequence > after));

    /// <summary>One batch always fits, whatever its size: a reader must get past it.</summary>
    public bool HasRoomFor(int rows, long bytes)
    {
        IsFull = _batches.Count > 0 && (_rows + rows > read.RowsMax || _bytes + bytes > read.BytesMax);
        return !IsFull;
    }

    public void Add(SpooledBatch batch)
    {
        _batches.Add(batch);
        _rows += batch.Count;
        _bytes += batch.Payload.Length;
    }
}
