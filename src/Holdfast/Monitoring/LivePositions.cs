namespace Holdfast.Monitoring;

/// <summary>A place in each of some epochs: how far the stream was told, or what a watcher has. Immutable; the order is that in which they were added.</summary>
internal sealed class LivePositions
{
    public static readonly LivePositions None = new([]);

    private readonly KeyValuePair<Guid, long>[] _all;

    private LivePositions(KeyValuePair<Guid, long>[] all) => _all = all;

    public IReadOnlyList<KeyValuePair<Guid, long>> All => _all;

    public int Count => _all.Length;

    public IEnumerable<Guid> Epochs => _all.Select(entry => entry.Key);

    public static LivePositions Of(Guid epoch, long sequence) => None.With(epoch, sequence);

    /// <summary>Null where the epoch is not named.</summary>
    public long? In(Guid epoch) => IndexOf(epoch) is >= 0 and var at ? _all[at].Value : null;

    public LivePositions With(Guid epoch, long sequence)
    {
        var entry = KeyValuePair.Create(epoch, sequence);
        if (IndexOf(epoch) is not (>= 0 and var at))
        {
            return new LivePositions([.. _all, entry]);
        }

        var all = _all.AsSpan().ToArray();
        all[at] = entry;
        return new LivePositions(all);
    }

    public LivePositions Without(Guid epoch) => Where((other, _) => other != epoch);

    /// <summary>Those that are wanted; the same object when all are.</summary>
    public LivePositions Where(Func<Guid, long, bool> isWanted)
    {
        var wanted = Array.FindAll(_all, entry => isWanted(entry.Key, entry.Value));
        return wanted.Length == _all.Length ? this : new LivePositions(wanted);
    }

    /// <summary>The further one of both in each epoch that either names.</summary>
    public LivePositions AtLeast(LivePositions other)
    {
        var furthest = this;
        foreach (var (epoch, sequence) in other._all)
        {
            furthest = furthest.In(epoch) >= sequence ? furthest : furthest.With(epoch, sequence);
        }

        return furthest;
    }

    private int IndexOf(Guid epoch)
    {
        // There are as many as there are nodes: a handful.
        for (var at = 0; at < _all.Length; at++)
        {
            if (_all[at].Key == epoch)
            {
                return at;
            }
        }

        return -1;
    }
}
