using Holdfast.Resilience;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Holdfast.Pipeline;

/// <summary>
/// Runs operations of the store in pipelines. What the pipelines have to say comes out in the store's words: a refusal of the breaker is a
/// <see cref="StoreUnavailableException"/> with <see cref="StoreUnavailableException.RetryAfter"/>.
/// </summary>
internal sealed class StoreCalls(CircuitBreakerHandle breaker)
{
    /// <summary>A half-open or isolated circuit may let calls through any moment.</summary>
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(1);

    public async ValueTask<T> RunAsync<TState, T>(
        NamedPipeline pipeline, Func<TState, CancellationToken, ValueTask<T>> operation, TState state, CancellationToken cancellationToken)
    {
        try
        {
            return await pipeline.ExecuteAsync(operation, state, cancellationToken);
        }
        catch (BrokenCircuitException refused)
        {
            throw Refused(refused);
        }
        catch (TimeoutRejectedException late)
        {
            throw new StoreUnavailableException(
                "timeout", $"The store did not answer within {late.Timeout.TotalSeconds:0.###} s and was asked to stop.", late);
        }
    }

    private StoreUnavailableException Refused(BrokenCircuitException refused)
    {
        // Of a half-open circuit Polly's RetryAfter is the lease of the probe under way, which usually ends long before.
        var retryAfter = breaker.State == CircuitState.Open && refused.RetryAfter is { } left ? left : SoonAgain;
        var message = refused is IsolatedCircuitException
            ? $"An operator has isolated the circuit breaker '{breaker.Name}': nothing is sent to the store until it is reset."
            : $"The circuit breaker '{breaker.Name}' lets nothing through for {Math.Ceiling(retryAfter.TotalSeconds):0} s.";
        return new StoreUnavailableException(StoreUnavailableException.CircuitOpen, message, refused) { RetryAfter = retryAfter };
    }
}
