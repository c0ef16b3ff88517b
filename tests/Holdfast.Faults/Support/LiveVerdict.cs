namespace Holdfast.Faults.Support;

/// <summary>What watchers were told, held against what was acknowledged.</summary>
/// <param name="Watchers">How many there were.</param>
/// <param name="Told">Events that one of them has, of those that the test sent.</param>
/// <param name="Missing">Acknowledged, and not told to one of them.</param>
/// <param name="Gaps">Numbers that one was told are missing.</param>
/// <param name="Duplicates">Told twice to one, by epoch and number.</param>
/// <param name="OutOfOrder">Told to one after a later event of the same epoch.</param>
internal sealed record LiveVerdict(int Watchers, long Told, long Missing, long Gaps, long Duplicates, long OutOfOrder)
{
    public static LiveVerdict Decide(IReadOnlyCollection<LiveWatcher> watchers, IReadOnlyCollection<long> acknowledged) => new(
        watchers.Count,
        watchers.Sum(watcher => (long)watcher.Numbers.Count),
        watchers.Sum(watcher => acknowledged.LongCount(number => !watcher.Numbers.Contains(number))),
        watchers.Sum(watcher => watcher.Gaps),
        watchers.Sum(watcher => (long)watcher.Duplicates),
        watchers.Sum(watcher => (long)watcher.OutOfOrder));

    public void ShouldBeWhole()
    {
        Missing.ShouldBe(0, "an acknowledged event was not told");
        Gaps.ShouldBe(0, "a watcher was told that something is missing");
        Duplicates.ShouldBe(0, "a watcher was told something twice");
        OutOfOrder.ShouldBe(0, "a watcher was told something out of order");
    }
}
