namespace Holdfast.Postgres.Store;

/// <summary>One way to store a batch.</summary>
internal enum StoreApproach
{
    /// <summary>The stored function.</summary>
    Rpc,

    /// <summary>The table, by binary COPY.</summary>
    Direct,

    /// <summary>The insertable view.</summary>
    View,
}

/// <summary>
/// Which approach comes first for one kind of row. What a small batch costs is mostly the round trips, what a large one costs the rows: so
/// the function has the small ones and COPY the large ones. An approach that turned out to be closed goes to the end of the order; after
/// a while it is tried in its old place again.
/// </summary>
internal sealed class ApproachChoice(IReadOnlyList<StoreApproach> allowed, TimeProvider time)
{
    public const int RowsForFunctionMax = 500;

    public static readonly TimeSpan ProbeAfter = TimeSpan.FromSeconds(60);

    private static readonly StoreApproach[] ForFew = [StoreApproach.Rpc, StoreApproach.Direct, StoreApproach.View];
    private static readonly StoreApproach[] ForMany = [StoreApproach.Direct, StoreApproach.Rpc, StoreApproach.View];

    private readonly Dictionary<StoreApproach, long> _closedSince = [];

    /// <summary>All allowed approaches, the best first.</summary>
    public IReadOnlyList<StoreApproach> For(int rows) =>
    [
        .. (rows <= RowsForFunctionMax ? ForFew : ForMany)
            .Where(allowed.Contains)
            .OrderBy(approach => IsClosed(approach)), // keeps the order of those that are alike
    ];

    /// <summary>Notes that the approach is closed; true when that is news.</summary>
    public bool Closed(StoreApproach approach)
    {
        var news = !_closedSince.ContainsKey(approach);
        _closedSince[approach] = time.GetTimestamp();
        return news;
    }

    /// <summary>Notes that the approach stored rows; true when it had been closed before.</summary>
    public bool Worked(StoreApproach approach) => _closedSince.Remove(approach);

    private bool IsClosed(StoreApproach approach) =>
        _closedSince.TryGetValue(approach, out var since) && time.GetElapsedTime(since) < ProbeAfter;
}
