namespace Holdfast.Flags;

public static partial class FlagNames
{
    /// <summary>Whether validation metrics are flushed through a resilience pipeline.</summary>
    public const string ResilientPersister = "RESILIENCE_METRICS_PERSISTER_ENABLED";

    /// <summary>Whether circuit breakers open.</summary>
    public const string CircuitBreaker = "RESILIENCE_CIRCUIT_BREAKER_ENABLED";

    /// <summary>Whether failed database operations are tried again.</summary>
    public const string Retry = "RESILIENCE_RETRY_ENABLED";

    /// <summary>Whether a row that the store refuses becomes a dead letter.</summary>
    public const string DeadLetters = "RESILIENCE_DLQ_ENABLED";

    /// <summary>Whether stopping flushes first.</summary>
    public const string GracefulShutdown = "RESILIENCE_GRACEFUL_SHUTDOWN_ENABLED";

    /// <summary>Failures in a row that open the circuit breaker of the database.</summary>
    public const string CircuitBreakerThreshold = "METRICS_PERSISTER_CIRCUIT_BREAKER_THRESHOLD";

    /// <summary>Seconds that an open circuit breaker lets nothing through.</summary>
    public const string CircuitBreakerTimeout = "METRICS_PERSISTER_CIRCUIT_BREAKER_TIMEOUT";

    /// <summary>Attempts of a database operation.</summary>
    public const string RetryMaxAttempts = "METRICS_PERSISTER_RETRY_MAX_ATTEMPTS";

    /// <summary>Growth of the delay from one attempt to the next.</summary>
    public const string RetryBackoffFactor = "METRICS_PERSISTER_RETRY_BACKOFF_FACTOR";

    /// <summary>Accepted and without effect: rows of the validation metrics are never refused for what they are.</summary>
    public const string PersisterDeadLetters = "METRICS_PERSISTER_DLQ_ENABLED";
}
