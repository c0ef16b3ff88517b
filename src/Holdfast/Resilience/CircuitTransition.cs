using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>Why a circuit moved.</summary>
public enum CircuitTransitionCause
{
    /// <summary>As many failures in a row as the threshold says.</summary>
    Failures,

    /// <summary>A probe of the half-open circuit failed.</summary>
    ProbeFailed,

    /// <summary>As many probes succeeded as the threshold says.</summary>
    ProbesSucceeded,

    /// <summary>The break is over and a call came.</summary>
    BreakOver,

    /// <summary>Someone moved it by hand.</summary>
    Manual,
}

/// <summary>A circuit has moved. Moves by hand are always told, also when the state was the wished one already: they are audited.</summary>
public sealed record CircuitTransition
{
    /// <summary>Name of the breaker.</summary>
    public required string Breaker { get; init; }

    /// <summary>The state it left.</summary>
    public required CircuitState From { get; init; }

    /// <summary>The state it is in.</summary>
    public required CircuitState To { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Number of the state it is in: grows with every move, so two transitions of a breaker can be put in order.</summary>
    public required long Generation { get; init; }

    /// <summary>Why.</summary>
    public required CircuitTransitionCause Cause { get; init; }

    /// <summary>How long it stays open; null unless it has opened.</summary>
    public TimeSpan? BreakDuration { get; init; }

    /// <summary>The failure that moved it; null when none did.</summary>
    public string? Failure { get; init; }

    /// <summary>Who moved it by hand; null when nobody did.</summary>
    public string? Actor { get; init; }

    /// <summary>The reason that whoever moved it by hand has given; null when nobody did.</summary>
    public string? Reason { get; init; }

    /// <summary>True when someone moved it by hand.</summary>
    public bool IsManual => Cause == CircuitTransitionCause.Manual;

    /// <summary>
    /// Type of the monitoring event that tells of it: <c>circuit_breaker_open</c> (also when isolated), <c>circuit_breaker_half_open</c>
    /// or <c>circuit_breaker_close</c>.
    /// </summary>
    public string EventType => To switch
    {
        CircuitState.Closed => "circuit_breaker_close",
        CircuitState.HalfOpen => "circuit_breaker_half_open",
        _ => "circuit_breaker_open",
    };
}
