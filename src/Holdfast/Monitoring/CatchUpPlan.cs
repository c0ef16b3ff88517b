namespace Holdfast.Monitoring;

/// <summary>What a watcher that comes back is sent from the log before it gets what happens.</summary>
internal static class CatchUpPlan
{
    /// <param name="since">Where the watcher stood; empty for a new one, which has missed nothing.</param>
    /// <param name="heads">As they were when it was attached.</param>
    /// <returns>In the order in which they are sent.</returns>
    public static IReadOnlyList<CatchUpRange> For(LivePositions since, LiveHeads heads)
    {
        if (since.Count == 0)
        {
            return [];
        }

        var elsewhere = heads.IsComplete ? since.All.Where(entry => heads.Told.In(entry.Key) is null) : [];
        var missed = heads.Told.All
            .OrderBy(head => head.Key == heads.Own) // last: by then the others are where they belong, whatever breaks off
            .Select(head => new CatchUpRange(head.Key, since.In(head.Key) ?? heads.Beginnings.In(head.Key) ?? 0, head.Value))
            .Where(range => range.After < range.To);
        return [.. elsewhere.Select(entry => new CatchUpRange(entry.Key, entry.Value, To: null)), .. missed];
    }
}

/// <summary>A stretch of an epoch that a watcher is to be sent.</summary>
/// <param name="To">
/// Null: the epoch has ended, or it is that of a node of which nothing is known here because it has stored nothing yet. Only the store can tell.
/// </param>
internal sealed record CatchUpRange(Guid Epoch, long After, long? To);
