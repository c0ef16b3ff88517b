using System.Collections.Concurrent;

namespace Holdfast.Events;

/// <summary>Names under which something is counted. They come from outside, so all beyond a number share one. Safe for concurrent use.</summary>
internal sealed class BoundedNames(int max)
{
    public const string Other = "(other)";

    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);
    private int _count;

    public string Of(string name)
    {
        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }

        if (Volatile.Read(ref _count) >= max || Interlocked.Increment(ref _count) > max)
        {
            return Other;
        }

        return _known.GetOrAdd(name, name);
    }
}
