using static Holdfast.Flags.FlagValidators;

namespace Holdfast.Flags;

/// <summary>What happens when the database does not answer. These may change while the process runs.</summary>
internal static class ResilienceFlags
{
    public static IReadOnlyList<FlagDefinition> All { get; } =
    [
        Switch(FlagNames.ResilientPersister, "Whether validation metrics are flushed through a resilience pipeline; off: in one attempt, straight."),
        Switch(FlagNames.CircuitBreaker, "Whether circuit breakers open; off: they let everything through and count."),
        Switch(FlagNames.Retry, "Whether failed database operations are tried again; off: one attempt."),
        Switch(FlagNames.DeadLetters, "Whether a row that the store refuses becomes a dead letter; off: it is parked in the spool, with an alert."),
        Switch(FlagNames.GracefulShutdown, "Whether stopping flushes first; off: it stops at once and keeps the spool."),
        new(FlagNames.CircuitBreakerThreshold, FlagType.Int, 5L, "Failures in a row that open the circuit breaker of the database.")
        {
            Validator = Between(1, 1_000),
        },
        new(FlagNames.CircuitBreakerTimeout, FlagType.Int, 60L, "Seconds that an open circuit breaker lets nothing through.")
        {
            Validator = Between(1, 86_400),
        },
        new(FlagNames.RetryMaxAttempts, FlagType.Int, 3L, "Attempts of a database operation in all, the first included.")
        {
            Validator = Between(1, 100),
        },
        new(FlagNames.RetryBackoffFactor, FlagType.Float, 2.0, "Growth of the delay from one attempt to the next; the first is 1 s, none is above 60 s.")
        {
            Validator = Between(1.0, 100.0),
        },
        Switch(FlagNames.PersisterDeadLetters, "Without effect: no row of the validation metrics is ever refused for what it is; what cannot be written waits in the spool."),
    ];

    private static FlagDefinition Switch(string name, string description) => new(name, FlagType.Bool, true, description);
}
