using Holdfast.Resilience;
using Polly.CircuitBreaker;

namespace Holdfast.Pipeline;

/// <summary>Lets a loop wait for the next move of a circuit: an operator's reset is no reason to wait for the end of a break.</summary>
/// <remarks>It lives as long as the breaker, so it never unsubscribes.</remarks>
internal sealed class CircuitWatch
{
    private readonly CircuitBreakerHandle? _breaker;
    private volatile TaskCompletionSource _next = New();

    /// <param name="breaker">Null: there is none, and it never moves.</param>
    public CircuitWatch(CircuitBreakerHandle? breaker)
    {
        _breaker = breaker;
        _breaker?.Subscribe(_ => Interlocked.Exchange(ref _next, New()).TrySetResult());
    }

    public bool IsClosed => _breaker is null or { State: CircuitState.Closed };

    /// <summary>Completes with the next move. Taken before a round, it also tells of a move during the round.</summary>
    public Task NextMove => _next.Task;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
