namespace Holdfast.Resilience;

/// <summary>
/// The resilience settings of the product, by the names the operator knows. The breaker settings are those of the database's breaker;
/// the retry settings are those of the persister's pipeline, and every pipeline inherits them that has none of its own. All of them may
/// change while the process runs.
/// </summary>
public sealed record ResilienceOptions
{
    /// <summary><c>RESILIENCE_METRICS_PERSISTER_ENABLED</c>: false flushes validation metrics without a pipeline, in one attempt. Default: true.</summary>
    public bool MetricsPersisterEnabled { get; init; } = true;

    /// <summary><c>RESILIENCE_CIRCUIT_BREAKER_ENABLED</c>: false lets every breaker pass everything through and count. Default: true.</summary>
    public bool CircuitBreakerEnabled { get; init; } = true;

    /// <summary><c>RESILIENCE_RETRY_ENABLED</c>: false makes every operation one attempt. Default: true.</summary>
    public bool RetryEnabled { get; init; } = true;

    /// <summary><c>RESILIENCE_DLQ_ENABLED</c>: false parks a bad row in the spool, with an alert, in place of dead-lettering it. Default: true.</summary>
    public bool DeadLettersEnabled { get; init; } = true;

    /// <summary><c>RESILIENCE_GRACEFUL_SHUTDOWN_ENABLED</c>: false stops at once without a flush and keeps the spool. Default: true.</summary>
    public bool GracefulShutdownEnabled { get; init; } = true;

    /// <summary><c>METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD</c>: failures in a row that open the circuit, 1 to 1,000. Default: 5.</summary>
    public int CircuitBreakerThreshold { get; init; } = 5;

    /// <summary><c>METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT</c>: how long an open circuit lets nothing through, 1 s to a day. Default: 60 s.</summary>
    public TimeSpan CircuitBreakerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>METRICS_PERSISTER_RETRY_MAX_ATTEMPTS</c>: attempts in all, the first included, 1 to 100. Default: 3.</summary>
    public int RetryMaxAttempts { get; init; } = 3;

    /// <summary><c>METRICS_PERSISTER_RETRY_BACKOFF_FACTOR</c>: growth of the delay from attempt to attempt, 1 to 100. Default: 2.</summary>
    public double RetryBackoffFactor { get; init; } = 2;

    /// <summary>
    /// <c>MONITORING_TIMEOUT_MS</c>: how long one attempt of the persister's pipeline may take, 10 ms to 10 minutes. Default: 5 s.
    /// </summary>
    public TimeSpan MetricsPersisterAttemptTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>A setting that was not taken.</summary>
/// <param name="Key">Its name, as the operator knows it.</param>
/// <param name="Message">What it must be.</param>
public sealed record ResilienceFault(string Key, string Message);
