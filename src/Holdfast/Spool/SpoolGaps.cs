namespace Holdfast.Spool;

/// <summary>What remains known of a batch that was found: enough to tell what is missing around it.</summary>
/// <param name="SequenceBefore">The last event sequence given out before this batch, whatever its kind.</param>
internal readonly record struct FoundBatch(long BatchSeq, long SequenceBefore, SpoolKind Kind, int Count)
{
    /// <summary>The last event sequence given out once this batch was numbered.</summary>
    public long SequenceAfter => SequenceBefore + (Kind == SpoolKind.Event ? Count : 0);

    public static FoundBatch Of(NumberedBatch batch) => new(batch.BatchSeq, batch.SequenceBefore, batch.Batch.Kind, batch.Batch.Count);
}

/// <summary>
/// Which batches are gone, told from numbers that have no holes. Pure. Batch numbers say which; event sequences, which are counted in every
/// batch, say how many events; how many samples is known only in sum, from the mark, and the last range carries that sum.
/// </summary>
internal static class SpoolGaps
{
    /// <summary>What is missing from a sound file that ends before the mark.</summary>
    public static IReadOnlyList<LostRange> Behind(in SpoolCounters file, SpoolMark mark, string reason, DateTimeOffset now)
    {
        // What had left before the mark was written is stored: it is a hole in this file, but no loss.
        var drained = mark.OldestWaiting > file.LastBatchSeq;
        var first = drained ? mark.OldestWaiting : file.LastBatchSeq + 1;
        if (first > mark.LastBatchSeq)
        {
            return [];
        }

        var sequenceBefore = drained ? mark.SequenceBeforeOldest : file.LastSequence;
        var rows = drained ? mark.Waiting : mark.Received - file.Received;
        return [Range(first, mark.LastBatchSeq, sequenceBefore, mark.LastSequence, rows.Events, rows.Samples, reason, now)];
    }

    /// <summary>What is missing among the batches that were salvaged.</summary>
    /// <param name="found">Salvaged batches, by ascending number.</param>
    /// <param name="mark">The mark, if there is one: it bounds the loss from both ends. Without it only holes between salvaged batches are seen.</param>
    /// <param name="lastBatchSeq">Highest number ever given out, as far as known.</param>
    /// <param name="lastSequence">Highest sequence ever given out, as far as known.</param>
    public static IReadOnlyList<LostRange> Among(
        IReadOnlyList<FoundBatch> found, SpoolMark? mark, long lastBatchSeq, long lastSequence, string reason, DateTimeOffset now)
    {
        var ranges = Holes(found, mark, lastBatchSeq, lastSequence, reason, now);
        return mark is null || ranges.Count == 0 ? ranges : Bound(ranges, mark, found);
    }

    private static List<LostRange> Holes(
        IReadOnlyList<FoundBatch> found, SpoolMark? mark, long lastBatchSeq, long lastSequence, string reason, DateTimeOffset now)
    {
        var ranges = new List<LostRange>();
        var (expected, sequence) = mark is not null ? (mark.OldestWaiting, mark.SequenceBeforeOldest)
            : found.Count > 0 ? (found[0].BatchSeq, found[0].SequenceBefore)
            : (lastBatchSeq + 1, lastSequence);
        foreach (var batch in found)
        {
            if (batch.BatchSeq < expected)
            {
                continue;
            }

            if (batch.BatchSeq > expected)
            {
                ranges.Add(Range(expected, batch.BatchSeq - 1, sequence, batch.SequenceBefore, batch.SequenceBefore - sequence, 0, reason, now));
            }

            (expected, sequence) = (batch.BatchSeq + 1, batch.SequenceAfter);
        }

        if (expected <= lastBatchSeq)
        {
            ranges.Add(Range(expected, lastBatchSeq, sequence, lastSequence, lastSequence - sequence, 0, reason, now));
        }

        return ranges;
    }

    /// <summary>
    /// Batches may leave out of order, so a hole may be a batch that was stored. The mark knows how many rows waited: together the ranges
    /// cannot have lost more than what is missing of those.
    /// </summary>
    private static List<LostRange> Bound(List<LostRange> ranges, SpoolMark mark, IReadOnlyList<FoundBatch> found)
    {
        var missing = mark.Waiting;
        foreach (var batch in found)
        {
            if (batch.BatchSeq >= mark.OldestWaiting && batch.BatchSeq <= mark.LastBatchSeq)
            {
                missing -= RowCounts.Of(batch.Kind, batch.Count);
            }
        }

        var events = Math.Max(0, missing.Events);
        for (var i = 0; i < ranges.Count; i++)
        {
            var share = Math.Min(ranges[i].Events, events);
            events -= share;
            ranges[i] = ranges[i] with { Events = share };
        }

        ranges[^1] = ranges[^1] with { Samples = Math.Max(0, missing.Samples) };
        return ranges;
    }

    private static LostRange Range(
        long first, long last, long sequenceBefore, long sequenceLast, long events, long samples, string reason, DateTimeOffset now) =>
        sequenceLast > sequenceBefore
            ? new(first, last, sequenceBefore + 1, sequenceLast, Math.Max(0, events), Math.Max(0, samples), reason, now)
            : new(first, last, null, null, 0, Math.Max(0, samples), reason, now);
}
