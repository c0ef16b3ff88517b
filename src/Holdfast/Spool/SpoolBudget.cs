namespace Holdfast.Spool;

/// <summary>What the fill of a byte budget means for producers. Pure.</summary>
internal static class SpoolBudget
{
    private const double WarnAt = 0.70;
    private const double SlowAt = 0.85;
    private const double RefuseAt = 0.95;
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);

    public static SpoolLevel Level(long usedBytes, long bytesMax) => Fill(usedBytes, bytesMax) switch
    {
        >= RefuseAt => SpoolLevel.Refuse,
        >= SlowAt => SpoolLevel.Slow,
        >= WarnAt => SpoolLevel.Warn,
        _ => SpoolLevel.Ok,
    };

    /// <summary>How long an answer waits at this fill: nothing below 85 %, then 50 ms growing evenly to 500 ms at 95 %.</summary>
    public static TimeSpan Delay(long usedBytes, long bytesMax)
    {
        var fill = Fill(usedBytes, bytesMax);
        if (fill < SlowAt)
        {
            return TimeSpan.Zero;
        }

        var share = Math.Min(1, (fill - SlowAt) / (RefuseAt - SlowAt));
        return ShortestDelay + (share * (LongestDelay - ShortestDelay));
    }

    /// <summary>Whether an append of this size is taken: not from 95 % on, and never beyond the budget itself.</summary>
    public static bool Takes(long usedBytes, long moreBytes, long bytesMax) =>
        Level(usedBytes, bytesMax) < SpoolLevel.Refuse && usedBytes + moreBytes <= bytesMax;

    /// <summary>Bytes that have to leave before producers are welcome again. Down to where slowing starts, so that all who come back find room.</summary>
    public static long ExcessBytes(long usedBytes, long bytesMax) => Math.Max(0, usedBytes - (long)(bytesMax * SlowAt));

    private static double Fill(long usedBytes, long bytesMax) => (double)usedBytes / bytesMax;
}
