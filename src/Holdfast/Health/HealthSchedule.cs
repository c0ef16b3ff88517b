namespace Holdfast.Health;

/// <summary>When a check runs next; pure.</summary>
internal static class HealthSchedule
{
    /// <summary>Of the period, in both directions: checks, and nodes, that began together do not stay together.</summary>
    public const double Jitter = 0.1;

    /// <summary>Within so much of the start what stands by itself has run once, and not all of it at the same moment.</summary>
    private static readonly TimeSpan FirstWithin = TimeSpan.FromSeconds(1);

    /// <param name="needsOther">It says nothing before another check has run; then it waits up to a period.</param>
    /// <param name="chance">At least 0, below 1.</param>
    public static TimeSpan First(TimeSpan period, bool needsOther, double chance) => (needsOther || period < FirstWithin ? period : FirstWithin) * chance;

    /// <param name="chance">At least 0, below 1.</param>
    public static TimeSpan Next(TimeSpan period, double chance) => period * (1 - Jitter + (2 * Jitter * chance));
}
