namespace Holdfast.Resilience;

/// <summary>Which settings can be right and which cannot. A setting that cannot keeps its last good value; its neighbours are taken.</summary>
internal static class ResilienceOptionsValidator
{
    public const string CircuitBreakerThreshold = "METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD";
    public const string CircuitBreakerTimeout = "METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT";
    public const string RetryMaxAttempts = "METRICS_PERSISTER_RETRY_MAX_ATTEMPTS";
    public const string RetryBackoffFactor = "METRICS_PERSISTER_RETRY_BACKOFF_FACTOR";

    public const string PersisterAttemptTimeout = "MONITORING_TIMEOUT_MS";

    private static readonly Rule[] Rules =
    [
        new(CircuitBreakerThreshold, "must be between 1 and 1000",
            options => options.CircuitBreakerThreshold is >= 1 and <= 1_000,
            (options, good) => options with { CircuitBreakerThreshold = good.CircuitBreakerThreshold }),
        new(CircuitBreakerTimeout, "must be between 1 and 86400 seconds",
            options => options.CircuitBreakerTimeout.TotalSeconds is >= 1 and <= 86_400,
            (options, good) => options with { CircuitBreakerTimeout = good.CircuitBreakerTimeout }),
        new(RetryMaxAttempts, "must be between 1 and 100",
            options => options.RetryMaxAttempts is >= 1 and <= 100,
            (options, good) => options with { RetryMaxAttempts = good.RetryMaxAttempts }),
        new(RetryBackoffFactor, "must be between 1 and 100",
            options => options.RetryBackoffFactor is >= 1 and <= 100,
            (options, good) => options with { RetryBackoffFactor = good.RetryBackoffFactor }),
        new(PersisterAttemptTimeout, "must be between 10 and 600000 milliseconds",
            options => options.MetricsPersisterAttemptTimeout.TotalMilliseconds is >= 10 and <= 600_000,
            (options, good) => options with { MetricsPersisterAttemptTimeout = good.MetricsPersisterAttemptTimeout }),
    ];

    /// <summary>Everything that is wrong, each with its key.</summary>
    public static IReadOnlyList<ResilienceFault> Validate(ResilienceOptions options) =>
        [.. Rules.Where(rule => !rule.Holds(options)).Select(rule => new ResilienceFault(rule.Key, rule.Message))];

    /// <summary>The wished options, with the good value in the place of each that is wrong.</summary>
    public static ResilienceOptions Repair(ResilienceOptions wished, ResilienceOptions good) =>
        Rules.Where(rule => !rule.Holds(wished)).Aggregate(wished, (options, rule) => rule.Keep(options, good));

    private sealed record Rule(
        string Key, string Message, Func<ResilienceOptions, bool> Holds, Func<ResilienceOptions, ResilienceOptions, ResilienceOptions> Keep);
}
