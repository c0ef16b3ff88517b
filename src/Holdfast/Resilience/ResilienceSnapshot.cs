namespace Holdfast.Resilience;

/// <summary>A named pipeline at one instant. Every operation is counted once, when it has ended.</summary>
public sealed record PipelineSnapshot
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>False: switched off, calls go past retry and breaker, in one attempt.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Name of its breaker.</summary>
    public required string Breaker { get; init; }

    /// <summary>Time for an operation; null: no limit.</summary>
    public required TimeSpan? Timeout { get; init; }

    /// <summary>Time for an attempt; null: no limit.</summary>
    public required TimeSpan? AttemptTimeout { get; init; }

    /// <summary>Attempts and delays in effect.</summary>
    public required RetryOptions Retry { get; init; }

    /// <summary>Operations that succeeded, at whichever attempt.</summary>
    public required long Successes { get; init; }

    /// <summary>Operations that failed after all their attempts, or with an error that is not retried.</summary>
    public required long Failures { get; init; }

    /// <summary>Operations that an open circuit ended. They are no failures: what was to be done was not attempted, or not again.</summary>
    public required long Rejected { get; init; }

    /// <summary>Operations that their caller gave up.</summary>
    public required long Cancelled { get; init; }

    /// <summary>All operations that have ended.</summary>
    public long Operations => Successes + Failures + Rejected + Cancelled;

    /// <summary>Successes per hundred operations that succeeded or failed; null before the first.</summary>
    public double? SuccessRate => Successes + Failures == 0 ? null : 100.0 * Successes / (Successes + Failures);
}

/// <summary>All pipelines, retries and breakers at one instant, each list in the order of the names.</summary>
public sealed record ResilienceSnapshot
{
    /// <summary>The breakers.</summary>
    public required IReadOnlyList<CircuitBreakerSnapshot> Breakers { get; init; }

    /// <summary>The retries of the pipelines, as many and in the same order.</summary>
    public required IReadOnlyList<RetrySnapshot> Retries { get; init; }

    /// <summary>The pipelines.</summary>
    public required IReadOnlyList<PipelineSnapshot> Pipelines { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>What became of rows that the store refused.</summary>
/// <param name="Enabled">Whether they are dead-lettered.</param>
/// <param name="DeadLettered">Rows that are dead letters.</param>
/// <param name="Parked">Rows that wait in the spool, because they are not dead-lettered.</param>
internal sealed record DeadLetterSnapshot(bool Enabled, long DeadLettered, long Parked)
{
    /// <summary>Dead letters there are, by state, as last counted.</summary>
    public IReadOnlyList<(string Name, long Count)> Letters { get; init; } = [];

    /// <summary>What happened to dead letters since the process started.</summary>
    public IReadOnlyList<(string Name, long Count)> SinceStart { get; init; } = [];
}
