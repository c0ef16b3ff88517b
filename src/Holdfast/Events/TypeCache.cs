using System.Collections.Concurrent;

namespace Holdfast.Events;

/// <summary>
/// What was found for an event type, for a bounded number of types. Types come from outside, so anybody can make up new ones: those that
/// are asked for again survive two generations, the others make room. Safe for concurrent use; reading takes no lock.
/// </summary>
/// <param name="capacity">Types of one generation; there are two of them.</param>
internal sealed class TypeCache<T>(int capacity)
{
    private readonly Lock _gate = new();
    private volatile Generations _generations = new(new ConcurrentDictionary<string, T>(StringComparer.Ordinal), new ConcurrentDictionary<string, T>(StringComparer.Ordinal));
    private int _young;

    public int Count => _generations.Young.Count + _generations.Old.Count;

    public bool TryGet(string type, out T found)
    {
        var generations = _generations;
        if (generations.Young.TryGetValue(type, out found!))
        {
            return true;
        }

        if (!generations.Old.TryGetValue(type, out found!))
        {
            return false;
        }

        Add(type, found);
        return true;
    }

    public void Add(string type, T found)
    {
        lock (_gate)
        {
            if (_young == capacity)
            {
                _generations = new Generations(new ConcurrentDictionary<string, T>(StringComparer.Ordinal), _generations.Young);
                _young = 0;
            }

            if (_generations.Young.TryAdd(type, found))
            {
                _young++;
            }
        }
    }

    private sealed record Generations(ConcurrentDictionary<string, T> Young, ConcurrentDictionary<string, T> Old);
}
