namespace Holdfast.Health;

/// <summary>What happened to the health, the newest last; the oldest makes room. Not safe for concurrent use.</summary>
internal sealed class HealthTimeline
{
    /// <summary>Entries that are kept: months of a quiet server, and hours of the worst that hysteresis lets through.</summary>
    public const int EntriesMax = 1_000;

    private readonly Queue<HealthEntry> _entries;
    private long _last;

    /// <param name="known">What was kept, the oldest first.</param>
    public HealthTimeline(IReadOnlyList<HealthEntry> known)
    {
        _entries = new Queue<HealthEntry>(known.TakeLast(EntriesMax));
        _last = known.Count == 0 ? 0 : known[^1].Number;
    }

    public IReadOnlyList<HealthEntry> Entries => [.. _entries];

    public HealthEntry Add(DateTimeOffset at, HealthEntryKind kind, string check, Func<HealthEntry, HealthEntry> complete)
    {
        var entry = complete(new HealthEntry(++_last, at, kind, check));
        _entries.Enqueue(entry);
        if (_entries.Count > EntriesMax)
        {
            _entries.Dequeue();
        }

        return entry;
    }

    /// <summary>What matches, the newest first.</summary>
    public HealthPage Query(HealthQuery query)
    {
        var matching = _entries.Reverse().Where(query.Matches).Take(query.Limit + 1).ToArray();
        return matching.Length > query.Limit ? new HealthPage(matching[..query.Limit], matching[query.Limit - 1].Number) : new HealthPage(matching, null);
    }
}

/// <summary>Which entries. Null: whatever it is.</summary>
internal sealed record HealthQuery
{
    public string? Check { get; init; }

    public HealthEntryKind? Kind { get; init; }

    /// <summary>At this instant or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before this instant.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>1 to 500. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>The last number of the page before.</summary>
    public long? Before { get; init; }

    public bool Matches(HealthEntry entry) =>
        (Check is null || entry.Check == Check) && (Kind is null || entry.Kind == Kind) && (Since is null || entry.At >= Since) && (Until is null || entry.At < Until)
        && (Before is null || entry.Number < Before);
}

/// <summary>A page of the timeline.</summary>
/// <param name="Next">Where the next one begins; null at the end.</param>
internal sealed record HealthPage(IReadOnlyList<HealthEntry> Items, long? Next);
