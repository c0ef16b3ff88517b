using Holdfast.Resilience;

namespace Holdfast.Retries;

/// <summary>The gates of the destinations that were used last. One that goes is forgotten: its breaker is closed again when it comes back.</summary>
internal sealed class DestinationGates(RetryEnvironment environment)
{
    /// <summary>Destinations that are remembered; beyond, the one that was not used for the longest time goes.</summary>
    public const int DestinationsMax = 1_000;

    private static readonly TimeSpan LeaseMax = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<RetryDestination, LinkedListNode<DestinationGate>> _byDestination = [];
    private readonly LinkedList<DestinationGate> _byUse = new();

    /// <summary>Those that are remembered, the last used first.</summary>
    public IReadOnlyList<DestinationGate> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _byUse];
            }
        }
    }

    public DestinationGate Of(RetryDestination destination, RetryPolicy policy)
    {
        var circuit = CircuitOf(policy);
        lock (_gate)
        {
            var gate = Use(destination) ?? Add(new DestinationGate(destination, circuit, environment));
            gate.Configure(circuit);
            return gate;
        }
    }

    private DestinationGate? Use(RetryDestination destination)
    {
        if (!_byDestination.TryGetValue(destination, out var node))
        {
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value;
    }

    private DestinationGate Add(DestinationGate gate)
    {
        if (_byUse.Count >= DestinationsMax)
        {
            _byDestination.Remove(_byUse.Last!.Value.Destination);
            _byUse.RemoveLast();
        }

        _byDestination[gate.Destination] = _byUse.AddFirst(gate);
        return gate;
    }

    /// <summary>One item tries, and its success is enough: the items behind it are few, and the budget holds them back.</summary>
    private static CircuitBreakerOptions CircuitOf(RetryPolicy policy) => new()
    {
        Enabled = policy.BreakAfterFailures > 0,
        FailureThreshold = Math.Max(1, policy.BreakAfterFailures),
        BreakDuration = policy.BreakDuration,
        SuccessThreshold = 1,
        HalfOpenMaxConcurrency = 1,
        ProbeLease = policy.Timeout + HandlerRunner.Grace < LeaseMax ? policy.Timeout + HandlerRunner.Grace : LeaseMax,
    };
}
