namespace Holdfast.Pipeline;

/// <summary>
/// The client-sent ids that became durable last, to tell a client at once that it repeats itself. Best effort: it forgets beyond its
/// capacity and with the process. The store decides what is stored, and the ledger counts it. Thread-safe.
/// </summary>
internal sealed class RecentIds(int capacity = RecentIds.DefaultCapacity)
{
    /// <summary>About 6 MB when full.</summary>
    public const int DefaultCapacity = 100_000;

    private readonly Lock _gate = new();
    private readonly HashSet<Guid> _known = new(SeededHash.Instance);
    private readonly Queue<Guid> _oldestFirst = new();

    /// <summary>Remembers the ids and returns how many of them were known already, repeats within the list included.</summary>
    public int CountRepeats(IReadOnlyList<Guid> ids)
    {
        if (ids.Count == 0)
        {
            return 0;
        }

        lock (_gate)
        {
            return ids.Count(id => !RememberNeedsLock(id));
        }
    }

    private bool RememberNeedsLock(Guid id)
    {
        if (!_known.Add(id))
        {
            return false;
        }

        _oldestFirst.Enqueue(id);
        if (_oldestFirst.Count > capacity)
        {
            _known.Remove(_oldestFirst.Dequeue());
        }

        return true;
    }

    /// <summary>A Guid's own hash is an XOR of its parts: a client could send thousands of ids that collide.</summary>
    private sealed class SeededHash : IEqualityComparer<Guid>
    {
        public static SeededHash Instance { get; } = new();

        public bool Equals(Guid x, Guid y) => x == y;

        public int GetHashCode(Guid obj)
        {
            Span<byte> bytes = stackalloc byte[16];
            obj.TryWriteBytes(bytes);
            var hash = default(HashCode);
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }
}
