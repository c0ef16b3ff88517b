namespace Holdfast.Faults.Support;

/// <summary>Servers on one database, those who post to them and those who watch.</summary>
internal sealed class LiveScene(FaultDatabase? database, params IReadOnlyList<string> nodes) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<LiveWatcher> _watchers = [];

    public FaultDatabase Database => database!;

    public IReadOnlyList<LiveNode> Nodes { get; } = [.. nodes.Select(name => new LiveNode(name, database))];

    public Obligations Obligations { get; } = new();

    public IReadOnlyCollection<LiveWatcher> Watchers => _watchers;

    /// <summary>The numbers of what was acknowledged so far.</summary>
    public IReadOnlyList<long> Acknowledged => [.. Obligations.ToList().Select((answer, number) => (answer, number)).Where(one => one.answer == Answer.Acknowledged).Select(one => (long)one.number)];

    /// <summary>One after the other: the first makes the schema.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var node in Nodes)
        {
            await node.StartAsync(cancellationToken);
            using var api = new ServerApi(node.Address);
            await api.WhenHealthAsync("pass", cancellationToken);
        }
    }

    /// <summary>Someone who posts with its own seed.</summary>
    public Producer Producer(int eventsMax = 20) => new(Obligations, new ProducerOptions { Seed = Scale.Seed(), Connections = 2, EventsMax = eventsMax });

    /// <summary>One who watches a node.</summary>
    public async Task<LiveWatcher> WatchAsync(LiveNode node, CancellationToken cancellationToken)
    {
        var watcher = new LiveWatcher(Obligations.Naming);
        _watchers.Add(watcher);
        await watcher.ConnectAsync(node.Address, cancellationToken);
        return watcher;
    }

    /// <summary>Waits until every watcher has what was acknowledged, or has had the time for it, and holds one against the other.</summary>
    public async Task<LiveVerdict> JudgeAsync(CancellationToken cancellationToken)
    {
        var acknowledged = Acknowledged;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        await Task.WhenAll(_watchers.Select(watcher => watcher.WhenHasAsync(acknowledged, patience.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return LiveVerdict.Decide(_watchers, acknowledged);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers)
        {
            await watcher.DisposeAsync();
        }

        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }
    }
}
