using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>
/// The calls of a breaker since it was made or its counters were reset. Every call is counted once, when it ends:
/// <see cref="Calls"/> = succeeded + failed + cancelled + ignored + rejected + stale.
/// </summary>
public sealed record CircuitBreakerTotals
{
    /// <summary>Calls that the dependency answered.</summary>
    public long Succeeded { get; init; }

    /// <summary>Calls that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Calls that their caller gave up.</summary>
    public long Cancelled { get; init; }

    /// <summary>Calls whose outcome says nothing about the dependency.</summary>
    public long Ignored { get; init; }

    /// <summary>Calls that were not let in.</summary>
    public long Rejected { get; init; }

    /// <summary>Calls that ended after the circuit had moved on; whatever they came to counts only here.</summary>
    public long Stale { get; init; }

    /// <summary>How often the circuit has opened by itself or was tripped.</summary>
    public long Opened { get; init; }

    /// <summary>Calls that were let in and have ended.</summary>
    public long Executed => Succeeded + Failed + Cancelled + Ignored + Stale;

    /// <summary>All calls that have ended.</summary>
    public long Calls => Executed + Rejected;
}

/// <summary>A breaker at one instant.</summary>
public sealed record CircuitBreakerSnapshot
{
    /// <summary>Name of the breaker, usually that of the dependency.</summary>
    public required string Name { get; init; }

    /// <summary>Its state. An open circuit whose break is over stays open until a call comes.</summary>
    public required CircuitState State { get; init; }

    /// <summary>Its settings.</summary>
    public required CircuitBreakerOptions Options { get; init; }

    /// <summary>Number of the state: grows with every move.</summary>
    public required long Generation { get; init; }

    /// <summary>Failures in a row while closed; below the threshold.</summary>
    public required int ConsecutiveFailures { get; init; }

    /// <summary>Probes that succeeded since the circuit became half-open.</summary>
    public required int HalfOpenSuccesses { get; init; }

    /// <summary>Probes on their way.</summary>
    public required int Probes { get; init; }

    /// <summary>The counters.</summary>
    public required CircuitBreakerTotals Totals { get; init; }

    /// <summary>When a call failed last; null: never.</summary>
    public DateTimeOffset? LastFailureAt { get; init; }

    /// <summary>What the last failure said, with its type; null: never.</summary>
    public string? LastFailure { get; init; }

    /// <summary>When the circuit opened last; null: never.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When the next call is let in as a probe; null unless open.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The last moves, the oldest first; at most <see cref="CircuitBreakerHandle.TransitionsKept"/>.</summary>
    public required IReadOnlyList<CircuitTransition> Transitions { get; init; }

    /// <summary>How often someone who wanted to be told of a move has thrown.</summary>
    public long ObserverFaults { get; init; }

    /// <summary>Moves that observers were not told of, because too many waited to be told.</summary>
    public long TransitionsUntold { get; init; }
}
