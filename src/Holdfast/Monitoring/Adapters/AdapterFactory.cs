using System.Collections.Concurrent;

namespace Holdfast.Monitoring.Adapters;

/// <summary>Makes adapters by what they are asked for as: one of each, kept until <see cref="Clear"/>. Safe for concurrent use.</summary>
/// <param name="paths">The adapters there are. One named <c>supabase</c> takes the place of <c>realtime</c>: the project is what realtime means then.</param>
/// <param name="options">What <c>auto</c> stands for, and what the second adapter of two carries.</param>
/// <param name="comparison">Compares the two of a dual adapter.</param>
internal sealed class AdapterFactory(IReadOnlyList<AdapterPath> paths, Func<BroadcastOptions> options, PathComparison comparison)
{
    private static readonly string[] Known = [AdapterNames.Auto, AdapterNames.WebSocket, AdapterNames.Realtime, AdapterNames.Dual];

    private readonly ConcurrentDictionary<string, IMonitoringAdapter> _made = new(StringComparer.Ordinal);

    /// <summary>Every adapter there is, also those that nothing is asked of.</summary>
    public IReadOnlyList<AdapterPath> Paths => paths;

    /// <summary>The adapter of a type: <c>auto</c>, <c>websocket</c>, <c>realtime</c> or <c>dual</c>.</summary>
    /// <exception cref="ArgumentException">There is no such type.</exception>
    public IMonitoringAdapter Create(string type) => type switch
    {
        AdapterNames.Auto => Create(options().UseRealtime ? AdapterNames.Realtime : AdapterNames.WebSocket),
        AdapterNames.WebSocket or AdapterNames.Realtime => _made.GetOrAdd(type, PathOf),
        AdapterNames.Dual => CreateDual(AdapterNames.WebSocket),
        _ => throw new ArgumentException($"There is no adapter '{type}'. Known: {string.Join(", ", Known)}.", nameof(type)),
    };

    /// <summary>Both at once, one of them the first.</summary>
    /// <param name="primary"><c>websocket</c> or <c>realtime</c>.</param>
    public IMonitoringAdapter CreateDual(string primary) =>
        _made.GetOrAdd($"{AdapterNames.Dual}:{primary}", _ => new DualAdapter(PathOf(primary), PathOf(AdapterNames.OtherThan(primary)), () => options().Shares, comparison));

    /// <summary>One that has been made; null: nobody has asked for it yet.</summary>
    public IMonitoringAdapter? Get(string type) => _made.GetValueOrDefault(type == AdapterNames.Dual ? $"{AdapterNames.Dual}:{AdapterNames.WebSocket}" : type);

    /// <summary>Forgets what was made; it is made anew when it is asked for. Connections stay: they belong to the adapters underneath.</summary>
    public void Clear() => _made.Clear();

    /// <summary>The way to an adapter.</summary>
    /// <param name="name"><c>websocket</c> or <c>realtime</c>.</param>
    public AdapterPath PathOf(string name) =>
        (name == AdapterNames.Realtime ? Find(AdapterNames.Supabase) : null) ?? Find(name) ?? throw new ArgumentException($"There is no adapter '{name}'.", nameof(name));

    private AdapterPath? Find(string name) => paths.FirstOrDefault(path => path.Name == name);
}
