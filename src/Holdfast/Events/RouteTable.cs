using System.Collections.Frozen;

namespace Holdfast.Events;

/// <summary>
/// Who gets which type. A table never changes; a change makes a new one, so publishers read it without a lock. Exact types are looked up,
/// and what patterns match is kept for each type.
/// </summary>
internal sealed class RouteTable<T>
    where T : class
{
    /// <summary>Types of which one generation of the cache knows what matches.</summary>
    public const int CachedTypes = 2_048;

    private readonly Route[] _routes;
    private readonly Route[] _patterns;
    private readonly FrozenDictionary<string, T[]> _exact;
    private readonly TypeCache<T[]> _cache = new(CachedTypes);

    private RouteTable(Route[] routes)
    {
        _routes = routes;
        _patterns = [.. routes.Where(route => !route.Pattern.IsExact)];
        _exact = routes.Where(route => route.Pattern.IsExact)
            .GroupBy(route => route.Pattern.Text, route => route.Subscriber, StringComparer.Ordinal)
            .ToFrozenDictionary(same => same.Key, same => same.ToArray(), StringComparer.Ordinal);
    }

    public static RouteTable<T> Empty { get; } = new([]);

    public IEnumerable<T> Subscribers => _routes.Select(route => route.Subscriber);

    public int Cached => _cache.Count;

    public RouteTable<T> With(EventPattern pattern, T subscriber) => new([.. _routes, new Route(pattern, subscriber)]);

    public RouteTable<T> Without(T subscriber) => new([.. _routes.Where(route => !ReferenceEquals(route.Subscriber, subscriber))]);

    /// <summary>The subscribers of a type: those of the exact type, then those whose patterns match, each in the order they subscribed.</summary>
    public T[] For(string type)
    {
        if (_patterns.Length == 0)
        {
            return Exact(type);
        }

        if (!_cache.TryGet(type, out var found))
        {
            found = Find(type);
            _cache.Add(type, found);
        }

        return found;
    }

    private T[] Find(string type)
    {
        T[] matching = [.. _patterns.Where(route => route.Pattern.Matches(type)).Select(route => route.Subscriber)];
        return matching.Length == 0 ? Exact(type) : [.. Exact(type), .. matching];
    }

    private T[] Exact(string type) => _exact.TryGetValue(type, out var found) ? found : [];

    private sealed record Route(EventPattern Pattern, T Subscriber);
}
