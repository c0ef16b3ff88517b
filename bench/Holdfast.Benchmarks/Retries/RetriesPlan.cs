namespace Holdfast.Benchmarks.Retries;

/// <summary>What is measured.</summary>
internal sealed record RetriesPlan(string Postgres, int Items, int Payload, int Workers, int Rounds, IReadOnlyList<Peer> Peers)
{
    public static RetriesPlan Of(Arguments arguments)
    {
        var postgres = arguments.Text("postgres") ?? throw new ArgumentException("--postgres has to name an empty database.", nameof(arguments));
        return new RetriesPlan(
            postgres,
            arguments.Int("items", 100_000),
            arguments.Int("payload", 256),
            arguments.Int("workers", 16),
            arguments.Int("rounds", 3),
            arguments.Text("peers") is { } folder ? Peer.All(folder, postgres) : []);
    }
}

/// <summary>What a queue did in one round.</summary>
internal sealed record QueueRun(double EnqueuedPerSecond, double DrainedPerSecond, double? SinglePerSecond = null);

/// <summary>What ours wrote and asked for in a drain.</summary>
internal sealed record DrainCost(double WalBytesPerItem, double StatementsPerItem);

/// <summary>One round: everybody once, one after the other. Peers by their names.</summary>
internal sealed record RetriesRound(double BarePerSecond, QueueRun Ours, DrainCost Cost, IReadOnlyDictionary<string, QueueRun> Peers);

/// <summary>Items one at a time while workers execute them.</summary>
/// <param name="BareSinglePerSecond">What as many connections reach that each insert single rows: how fast this disk commits.</param>
internal sealed record SteadyRun(double BareSinglePerSecond, double SinglePerSecond, double StartP99Milliseconds);
