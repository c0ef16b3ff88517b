namespace Holdfast.Pipeline;

/// <summary>From where on, and up to where, each resolution can be trusted. All in milliseconds, multiples of an hour or of the width.</summary>
/// <param name="SamplesFrom">Raw samples before it are deleted.</param>
/// <param name="MinutesFrom">Minutes before it are deleted.</param>
/// <param name="MinutesUpTo">From here on some minute has samples that are not rolled up yet.</param>
/// <param name="HoursUpTo">The same for hours.</param>
internal readonly record struct RollupCoverage(long SamplesFrom, long MinutesFrom, long MinutesUpTo, long HoursUpTo);

/// <summary>One part of the time asked for; width 0 means raw samples.</summary>
internal readonly record struct RollupSegment(long WidthMilliseconds, long FromMilliseconds, long ToMilliseconds);

/// <summary>
/// Which resolution answers which part of a query. The coarsest one that divides the step; raw samples where rollups are not made yet,
/// so that fresh data is there at once; coarser than asked for where the finer one is deleted. Pure.
/// </summary>
internal static class RollupPlan
{
    /// <summary>The parts in order of time, without overlap; empty ones are left out.</summary>
    public static IReadOnlyList<RollupSegment> For(long stepMilliseconds, long from, long to, RollupCoverage coverage)
    {
        var hoursEnd = stepMilliseconds % RollupWidth.HourMilliseconds == 0
            ? Math.Max(coverage.MinutesFrom, coverage.HoursUpTo)
            : coverage.MinutesFrom;
        var minutesEnd = stepMilliseconds % RollupWidth.MinuteMilliseconds == 0
            ? Math.Max(coverage.SamplesFrom, coverage.MinutesUpTo)
            : coverage.SamplesFrom;
        hoursEnd = Math.Clamp(hoursEnd, from, to);
        minutesEnd = Math.Clamp(minutesEnd, hoursEnd, to);
        RollupSegment[] segments =
        [
            new(RollupWidth.HourMilliseconds, from, hoursEnd),
            new(RollupWidth.MinuteMilliseconds, hoursEnd, minutesEnd),
            new(0, minutesEnd, to),
        ];
        return [.. segments.Where(segment => segment.FromMilliseconds < segment.ToMilliseconds)];
    }
}
