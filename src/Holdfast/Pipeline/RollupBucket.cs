namespace Holdfast.Pipeline;

/// <summary>
/// What is kept of the samples of one series in one span of time: enough for every <see cref="Aggregation"/>, and two neighbouring
/// buckets make one, so that a bucket of any width can be made from samples, minutes or hours alike.
/// </summary>
internal readonly record struct RollupBucket
{
    public required long Count { get; init; }
    public required double Total { get; init; }
    public required double Smallest { get; init; }
    public required double Largest { get; init; }
    public required double First { get; init; }
    public required double Last { get; init; }
    public required long FirstAtMilliseconds { get; init; }
    public required long LastAtMilliseconds { get; init; }

    /// <summary>How much a running total grew between the first sample and the last; see <see cref="GrowthFrom"/>.</summary>
    public required double Growth { get; init; }

    public static RollupBucket Of(long timestampMilliseconds, double value) => new()
    {
        Count = 1,
        Total = value,
        Smallest = value,
        Largest = value,
        First = value,
        Last = value,
        FirstAtMilliseconds = timestampMilliseconds,
        LastAtMilliseconds = timestampMilliseconds,
        Growth = 0,
    };

    /// <summary>This bucket and one that follows it in time, as one. Associative.</summary>
    public RollupBucket Then(in RollupBucket later) => new()
    {
        Count = Count + later.Count,
        Total = Total + later.Total,
        Smallest = Math.Min(Smallest, later.Smallest),
        Largest = Math.Max(Largest, later.Largest),
        First = First,
        Last = later.Last,
        FirstAtMilliseconds = FirstAtMilliseconds,
        LastAtMilliseconds = later.LastAtMilliseconds,
        Growth = Growth + GrowthFrom(Last, later.First) + later.Growth,
    };

    /// <summary>Growth of a running total from one reading to the next: a fall means that it began again at zero.</summary>
    public static double GrowthFrom(double earlier, double later) => later >= earlier ? later - earlier : later;
}

/// <summary>The widths at which buckets are kept.</summary>
internal static class RollupWidth
{
    public const long MinuteMilliseconds = 60_000;
    public const long HourMilliseconds = 3_600_000;

    /// <summary>The start of the span of this width that holds the instant; right for instants before 1970 too.</summary>
    public static long Floor(long milliseconds, long width) => milliseconds - (((milliseconds % width) + width) % width);
}
