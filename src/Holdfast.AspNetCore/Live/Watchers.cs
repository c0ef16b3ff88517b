using System.Collections.Concurrent;

namespace Holdfast.AspNetCore.Live;

/// <summary>Who watches at this moment, by whatever way, and what each watcher says of how it fares. Bounded by the connections there may be.</summary>
internal sealed class Watchers(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Watcher> _all = new(StringComparer.Ordinal);

    /// <summary>Those who are here, the oldest first.</summary>
    public IReadOnlyList<Watcher> All => [.. _all.Values.OrderBy(watcher => watcher.Since)];

    /// <param name="name">Whose key it is.</param>
    /// <param name="source">The way: <c>websocket</c> or <c>realtime</c>.</param>
    /// <param name="dropped">Events that were dropped because it was too slow.</param>
    public Watcher Enter(string name, string source, Func<long> dropped)
    {
        var watcher = new Watcher(Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), name, source, time.GetUtcNow(), dropped);
        _all[watcher.Id] = watcher;
        return watcher;
    }

    public void Leave(Watcher watcher) => _all.TryRemove(watcher.Id, out _);
}

/// <summary>Somebody who watches.</summary>
internal sealed class Watcher(string id, string name, string source, DateTimeOffset since, Func<long> dropped)
{
    private volatile WatcherReport _report = new(null, null);
    private long _roundTrip = -1;

    public string Id => id;

    public string Name => name;

    public string Source => source;

    public DateTimeOffset Since => since;

    /// <summary>Events that it did not get because it was too slow; each was told as a gap.</summary>
    public long Dropped => dropped();

    /// <summary>Between it and the server, in milliseconds; null: not measured yet.</summary>
    public long? RoundTripMilliseconds
    {
        get => Interlocked.Read(ref _roundTrip) is >= 0 and var measured ? measured : null;
        set => Interlocked.Exchange(ref _roundTrip, value ?? -1);
    }

    /// <summary>What it last said of itself.</summary>
    public WatcherReport Report
    {
        get => _report;
        set => _report = value;
    }
}

/// <param name="DelayMilliseconds">From an event to the screen, the 95th percentile; null: not said.</param>
/// <param name="Gaps">Gaps that it was told of; null: not said.</param>
/// <param name="Mode">The source that it is at; null: not said.</param>
/// <param name="Wanted">The source that flags want it to be at; null: not said.</param>
internal sealed record WatcherReport(double? DelayMilliseconds, long? Gaps, string? Mode = null, string? Wanted = null);
