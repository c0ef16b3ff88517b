using System.Numerics;

namespace Holdfast.Spool;

/// <summary>A batch with what the file keeps beside it.</summary>
/// <param name="SequenceBefore">The last event sequence given out before this batch; every kind has it.</param>
internal sealed record NumberedBatch(SpooledBatch Batch, long SequenceBefore)
{
    public long BatchSeq => Batch.BatchSeq;
}

/// <summary>
/// The newest batches in memory, within a budget of bytes, so that the flusher of a healthy system never reads from disk. Because numbers
/// have no holes, a batch is found by its number alone. Every waiting batch above the floor is here. Thread-safe.
/// </summary>
internal sealed class RecentBatches
{
    // What an entry costs beside its payload: the record, the array's header, the slot.
    private const int EntryBytes = 160;

    // One batch that stays while all that follow leave would stretch the window for ever: beyond this the oldest are read from disk.
    private const int SlotsMax = 1 << 16;

    private readonly Lock _gate = new();
    private readonly long _bytesMax;
    private NumberedBatch?[] _ring = new NumberedBatch?[64];
    private long _floor;
    private long _top;
    private long _bytes;

    /// <param name="bytesMax">Budget; 0 keeps nothing.</param>
    /// <param name="lastBatchSeq">The highest number given out so far: what came before is not here.</param>
    public RecentBatches(long bytesMax, long lastBatchSeq)
    {
        _bytesMax = bytesMax;
        _floor = _top = lastBatchSeq;
    }

    /// <summary>Batches up to this number may be on disk only.</summary>
    public long Floor
    {
        get { lock (_gate) return _floor; }
    }

    public long SizeBytes
    {
        get { lock (_gate) return _bytes; }
    }

    /// <summary>Takes the newest batch; the oldest make room.</summary>
    public void Add(NumberedBatch batch)
    {
        lock (_gate)
        {
            if (batch.BatchSeq != _top + 1)
            {
                ForgetAllNeedsLock(batch.BatchSeq - 1);
            }

            MakeSlotNeedsLock();
            _top = batch.BatchSeq;
            Slot(_top) = batch;
            _bytes += Cost(batch);
            while (_bytes > _bytesMax)
            {
                DropOldestNeedsLock();
            }
        }
    }

    public void Remove(long batchSeq)
    {
        lock (_gate)
        {
            if (batchSeq <= _floor || batchSeq > _top || Slot(batchSeq) is not { } batch)
            {
                return;
            }

            Slot(batchSeq) = null;
            _bytes -= Cost(batch);
            while (_floor < _top && Slot(_floor + 1) is null)
            {
                _floor++;
            }
        }
    }

    /// <summary>Adds to the selection what it wants from above the number, until it is full. False, and nothing added, when the range begins below the floor.</summary>
    public bool TryRead(long afterBatchSeq, BatchSelection selection)
    {
        lock (_gate)
        {
            if (afterBatchSeq < _floor)
            {
                return false;
            }

            for (var seq = afterBatchSeq + 1; seq <= _top && !selection.IsFull; seq++)
            {
                if (Slot(seq) is { } batch)
                {
                    selection.Offer(batch.Batch);
                }
            }

            return true;
        }
    }

    /// <summary>What is here, by ascending number.</summary>
    public IReadOnlyList<NumberedBatch> ToList()
    {
        lock (_gate)
        {
            var all = new List<NumberedBatch>();
            for (var seq = _floor + 1; seq <= _top; seq++)
            {
                if (Slot(seq) is { } batch)
                {
                    all.Add(batch);
                }
            }

            return all;
        }
    }

    private static long Cost(NumberedBatch batch) => batch.Batch.Payload.Length + EntryBytes;

    private ref NumberedBatch? Slot(long batchSeq) => ref _ring[batchSeq & (_ring.Length - 1)];

    private void MakeSlotNeedsLock()
    {
        var window = _top - _floor;
        if (window < _ring.Length)
        {
            return;
        }

        if (window >= SlotsMax)
        {
            DropOldestNeedsLock();
            return;
        }

        var wider = new NumberedBatch?[BitOperations.RoundUpToPowerOf2((uint)window + 1)];
        for (var seq = _floor + 1; seq <= _top; seq++)
        {
            wider[seq & (wider.Length - 1)] = Slot(seq);
        }

        _ring = wider;
    }

    private void DropOldestNeedsLock()
    {
        _floor++;
        if (Slot(_floor) is { } batch)
        {
            _bytes -= Cost(batch);
            Slot(_floor) = null;
        }
    }

    private void ForgetAllNeedsLock(long floor)
    {
        Array.Clear(_ring);
        _bytes = 0;
        _floor = _top = floor;
    }
}
