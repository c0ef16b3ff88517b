namespace Holdfast.Pipeline.DeadLetters;

/// <summary>
/// How many dead letters are kept. Beyond the limits the oldest go: first those that are done with (recovered, discarded), then those that
/// used up their attempts, and letters that still wait only when there are more than the hard limit, a quarter above. Whatever had not been
/// recovered counts as discarded in the ledger.
/// </summary>
internal sealed record DeadLetterLimits
{
    /// <summary>Letters. Default: 100,000.</summary>
    public long LettersMax { get; init; } = 100_000;

    /// <summary>Bytes of their rows as they came. Default: 256 MiB.</summary>
    public long BytesMax { get; init; } = 256L << 20;

    /// <summary>What is too much, given what there is; nothing is below zero.</summary>
    public DeadLetterExcess ExcessOf(DeadLetterTotals totals) => Excess(totals, LettersMax, BytesMax);

    /// <summary>What is too much even for letters that still wait.</summary>
    public DeadLetterExcess HardExcessOf(DeadLetterTotals totals) => Excess(totals, WithQuarter(LettersMax), WithQuarter(BytesMax));

    private static DeadLetterExcess Excess(DeadLetterTotals totals, long lettersMax, long bytesMax) =>
        new(Math.Max(0, totals.Letters - lettersMax), Math.Max(0, totals.SizeBytes - bytesMax));

    private static long WithQuarter(long limit) => limit + (limit / 4);
}

/// <summary>How much has to go.</summary>
internal readonly record struct DeadLetterExcess(long Letters, long SizeBytes)
{
    public bool Any => Letters > 0 || SizeBytes > 0;

    /// <summary>As many of the candidates, from the first on, as make up for the excess.</summary>
    public IReadOnlyList<long> Take(IEnumerable<(long Id, long SizeBytes)> candidates)
    {
        var taken = new List<long>();
        var left = this;
        foreach (var (id, sizeBytes) in candidates)
        {
            if (!left.Any)
            {
                break;
            }

            taken.Add(id);
            left = new DeadLetterExcess(left.Letters - 1, left.SizeBytes - sizeBytes);
        }

        return taken;
    }
}

/// <summary>Which letters to delete.</summary>
/// <param name="Before">Those that were dead-lettered before this instant.</param>
/// <param name="Statuses">In one of these states.</param>
internal sealed record DeadLetterPurge(DateTimeOffset Before, IReadOnlyList<DeadLetterStatus> Statuses)
{
    /// <summary>All but those that still wait.</summary>
    public static IReadOnlyList<DeadLetterStatus> NotWaiting { get; } = [DeadLetterStatus.Recovered, DeadLetterStatus.Discarded, DeadLetterStatus.Failed];

    /// <summary>Whatever the state: what retention does.</summary>
    public static IReadOnlyList<DeadLetterStatus> Any { get; } = Enum.GetValues<DeadLetterStatus>();
}

/// <summary>What a purge would delete of one state.</summary>
/// <param name="Rows">How many rows the letters stand for.</param>
internal readonly record struct DeadLetterPurgeable(DeadLetterStatus Status, long Letters, long Rows)
{
    /// <summary>Rows that are owed still: purged, they count as discarded.</summary>
    public long RowsOwed => Status is DeadLetterStatus.Recovered or DeadLetterStatus.Discarded ? 0 : Rows;
}

/// <summary>What was deleted.</summary>
/// <param name="Letters">Letters deleted.</param>
/// <param name="RowsDiscarded">Rows among them that had not been recovered: in the ledger they moved from dead-lettered to discarded.</param>
/// <param name="More">There is more to delete.</param>
internal readonly record struct DeadLetterPurged(long Letters, long RowsDiscarded, bool More)
{
    public static DeadLetterPurged operator +(DeadLetterPurged left, DeadLetterPurged right) =>
        new(left.Letters + right.Letters, left.RowsDiscarded + right.RowsDiscarded, left.More || right.More);
}
