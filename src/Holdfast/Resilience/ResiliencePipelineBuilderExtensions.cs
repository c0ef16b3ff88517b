using Polly;
using Polly.Retry;

namespace Holdfast.Resilience;

/// <summary>The parts of a named pipeline, each usable alone in any Polly pipeline.</summary>
public static class ResiliencePipelineBuilderExtensions
{
    /// <summary>Adds a circuit breaker that counts failures in a row.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public static ResiliencePipelineBuilder<T> AddConsecutiveCircuitBreaker<T>(
        this ResiliencePipelineBuilder<T> builder, ConsecutiveCircuitBreakerStrategyOptions<T> options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        return builder.AddStrategy(context => Breaker(context, options), options);
    }

    /// <summary>Adds a circuit breaker that counts failures in a row, for calls of any result; results that are values are boxed on the way.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public static ResiliencePipelineBuilder AddConsecutiveCircuitBreaker(
        this ResiliencePipelineBuilder builder, ConsecutiveCircuitBreakerStrategyOptions<object> options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        return builder.AddStrategy(context => Breaker(context, options), options);
    }

    /// <summary>Adds a retry: Polly's, with the delays of a <see cref="BackoffSchedule"/>.</summary>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public static ResiliencePipelineBuilder<T> AddBackoffRetry<T>(this ResiliencePipelineBuilder<T> builder, BackoffRetryOptions<T> options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var retry = options.Retry.Validated();
        var random = options.Random ?? RandomNumbers.Create();
        var judge = new RetryJudge<T>(options, builder.TimeProvider ?? TimeProvider.System);
        return builder.AddRetry(new RetryStrategyOptions<T>
        {
            // Polly counts the attempts after the first and wants at least one; that none is made is left to the judge.
            MaxRetryAttempts = Math.Max(1, retry.MaxAttempts - 1),
            ShouldHandle = judge.Judge,
            DelayGenerator = arguments => new ValueTask<TimeSpan?>(retry.Backoff.Next(arguments.AttemptNumber, random)),
            OnRetry = _ => judge.OnRetry(),
        });
    }

    private static ConsecutiveCircuitBreakerStrategy<T> Breaker<T>(StrategyBuilderContext context, ConsecutiveCircuitBreakerStrategyOptions<T> options)
    {
        var handle = options.Handle ?? new CircuitBreakerHandle(options.Name ?? "unnamed", time: context.TimeProvider);
        handle.Configure(options.ToBreaker());
        return new ConsecutiveCircuitBreakerStrategy<T>(options, handle, context.Telemetry);
    }
}
