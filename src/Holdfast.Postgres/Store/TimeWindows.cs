using Holdfast.Storage;

namespace Holdfast.Postgres.Store;

/// <summary>A stretch of time in microseconds since 1970; the end is not part of it.</summary>
internal readonly record struct TimeWindow(long From, long To);

/// <summary>
/// Cuts the time of a query into stretches, the newest first and each ten times as long as the one before. Newest-first pages are usually
/// full after the first few, and only those are read: the index on time knows where rows of a time are, but not in which order. Pure.
/// </summary>
internal static class TimeWindows
{
    private const long FirstLength = 10 * UnixMicroseconds.PerSecond;
    private const long Factor = 10;
    private const int LengthsMax = 7; // 10 s, ... 11 days, 115 days; then the rest

    /// <param name="from">The first instant of the query.</param>
    /// <param name="to">The instant behind the last one.</param>
    /// <param name="now">Where the lengths are counted from when the query has no end before it.</param>
    public static IEnumerable<TimeWindow> NewestFirst(long from, long to, long now)
    {
        var end = to;
        var length = FirstLength;
        for (var i = 0; i < LengthsMax && end > from; i++)
        {
            var start = Math.Max(from, Math.Min(to, now) - length);
            if (start < end)
            {
                yield return new TimeWindow(start, end);
                end = start;
            }

            length *= Factor;
        }

        if (end > from)
        {
            yield return new TimeWindow(from, end);
        }
    }
}
