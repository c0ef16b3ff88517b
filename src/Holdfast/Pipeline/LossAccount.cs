using Holdfast.Spool;

namespace Holdfast.Pipeline;

/// <summary>How many rows of a lost range are really lost, given what the store holds of it. Pure.</summary>
internal readonly record struct LossAccount(long Events, long Samples)
{
    /// <param name="mark">Everything up to this batch is held; its rows are not listed any more.</param>
    /// <param name="markSequence">The highest sequence number up to the mark.</param>
    /// <param name="held">Ledger entries within the range, above the mark.</param>
    /// <param name="samplesUpToMark">Samples of the range that are held up to the mark: see <see cref="ReachesBelow"/>.</param>
    public static LossAccount Of(LostRange range, long mark, long markSequence, IReadOnlyList<LedgerEntry> held, long samplesUpToMark) =>
        new(EventsOf(range, mark, markSequence, held), Math.Max(0, range.Samples - samplesUpToMark - RowsOf(held, "sample")));

    /// <summary>
    /// Whether the store has to count its samples to judge the range: batches up to the mark are not listed any more, and samples have no
    /// numbers of their own that would tell how many there were. It happens only when a spool lost what was flushed already.
    /// </summary>
    public static bool ReachesBelow(LostRange range, long mark) => range.FirstBatchSeq <= mark && range.Samples > 0;

    /// <summary>The parts of the range that lie above the mark and between the entries.</summary>
    public static IReadOnlyList<(long First, long Last)> Holes(LostRange range, long mark, IReadOnlyList<LedgerEntry> held)
    {
        var holes = new List<(long First, long Last)>();
        var next = Math.Max(range.FirstBatchSeq, mark + 1);
        foreach (var entry in held)
        {
            if (entry.FirstBatchSeq > next)
            {
                holes.Add((next, entry.FirstBatchSeq - 1));
            }

            next = entry.LastBatchSeq + 1;
        }

        if (next <= range.LastBatchSeq)
        {
            holes.Add((next, range.LastBatchSeq));
        }

        return holes;
    }

    /// <summary>
    /// Sequence numbers have no holes, so where the range names them they say exactly how many events are missing. Otherwise the spool's own
    /// count is taken, and may be too high where the range begins below the mark.
    /// </summary>
    private static long EventsOf(LostRange range, long mark, long markSequence, IReadOnlyList<LedgerEntry> held)
    {
        if (range is not { FirstSequence: { } first, LastSequence: { } last })
        {
            return Math.Max(0, range.Events - RowsOf(held, "event"));
        }

        var firstMissing = range.FirstBatchSeq <= mark ? Math.Max(first, markSequence + 1) : first;
        return Math.Max(0, last - firstMissing + 1 - RowsOf(held, "event"));
    }

    private static long RowsOf(IReadOnlyList<LedgerEntry> held, string kind) => held.Where(entry => entry.Kind == kind).Sum(entry => entry.RowCount);
}
