using Holdfast.Resilience;

namespace Holdfast.Pipeline;

/// <summary>The store cannot take anything at present (busy, full, I/O error, no connection). What was asked may be asked again: writes are idempotent.</summary>
internal sealed class StoreUnavailableException(string code, string message, Exception? inner) : Exception(message, inner), IClassifiedFailure
{
    /// <summary>The class of a refusal by the circuit breaker.</summary>
    public const string CircuitOpen = "circuit_open";

    /// <summary>The class of a store that is no longer the one that was opened: it has to be opened again before anything else.</summary>
    public const string Moved = "moved";

    /// <summary>
    /// Short class of the fault: <c>busy</c>, <c>full</c>, <c>io</c>, <c>corrupt</c>, <c>schema</c>, <c>connection</c>, <c>timeout</c>,
    /// <c>moved</c>, <c>circuit_open</c>, <c>other</c>.
    /// </summary>
    public string Code { get; } = code;

    /// <summary>Set when the circuit breaker refused and nothing was attempted: how long asking again is of no use.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The fault in two or three words, for those who must not read the whole message: <c>connection refused</c>.</summary>
    public string Reason => StoreFaults.ReasonOf(this);
}
