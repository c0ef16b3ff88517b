namespace Holdfast.Resilience;

/// <summary>What is in effect for one pipeline: its own settings over those of the product, and the switches over both.</summary>
internal sealed record PipelinePlan
{
    /// <summary>False: calls go past retry and breaker, in one attempt. The time of that attempt stays limited.</summary>
    public required bool Enabled { get; init; }

    public required TimeSpan? Timeout { get; init; }

    public required TimeSpan? AttemptTimeout { get; init; }

    public required RetryOptions Retry { get; init; }

    public static PipelinePlan Of(string name, NamedPipelineOptions own, ResilienceOptions product)
    {
        var retry = own.Retry ?? Inherited(product);
        var persister = name == PipelineNames.MetricsPersister;
        var attemptTimeout = persister ? product.MetricsPersisterAttemptTimeout : own.AttemptTimeout;
        return new PipelinePlan
        {
            Enabled = product.MetricsPersisterEnabled || !persister,

            // An operation that ends before its first attempt may would hide from the breaker that the attempt hung.
            Timeout = attemptTimeout < own.Timeout ? own.Timeout : null,
            AttemptTimeout = attemptTimeout,
            Retry = product.RetryEnabled ? retry : retry with { MaxAttempts = 1 },
        };
    }

    /// <summary>The settings of a breaker: its own, or those of the product.</summary>
    public static CircuitBreakerOptions BreakerOf(CircuitBreakerOptions? own, ResilienceOptions product)
    {
        var options = own ?? new CircuitBreakerOptions { FailureThreshold = product.CircuitBreakerThreshold, BreakDuration = product.CircuitBreakerTimeout };
        return options with { Enabled = options.Enabled && product.CircuitBreakerEnabled };
    }

    private static RetryOptions Inherited(ResilienceOptions product)
    {
        var defaults = new RetryOptions();
        return defaults with { MaxAttempts = product.RetryMaxAttempts, Backoff = defaults.Backoff with { Factor = product.RetryBackoffFactor } };
    }
}
