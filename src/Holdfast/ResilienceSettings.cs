using Holdfast.Flags;
using Holdfast.Resilience;

namespace Holdfast;

/// <summary>Binds the flags to the settings of the resilience pipelines, at the start and whenever one of them changes.</summary>
internal static class ResilienceSettings
{
    private static readonly HashSet<string> Names = [.. ResilienceFlags.All.Select(flag => flag.Name), FlagNames.TimeoutMs];

    public static ResilienceOptions Read(FlagManager flags) => new()
    {
        MetricsPersisterEnabled = flags.GetBool(FlagNames.ResilientPersister),
        CircuitBreakerEnabled = flags.GetBool(FlagNames.CircuitBreaker),
        RetryEnabled = flags.GetBool(FlagNames.Retry),
        DeadLettersEnabled = flags.GetBool(FlagNames.DeadLetters),
        GracefulShutdownEnabled = flags.GetBool(FlagNames.GracefulShutdown),
        CircuitBreakerThreshold = (int)flags.GetInt(FlagNames.CircuitBreakerThreshold),
        CircuitBreakerTimeout = TimeSpan.FromSeconds(flags.GetInt(FlagNames.CircuitBreakerTimeout)),
        RetryMaxAttempts = (int)flags.GetInt(FlagNames.RetryMaxAttempts),
        RetryBackoffFactor = flags.GetFloat(FlagNames.RetryBackoffFactor),
        MetricsPersisterAttemptTimeout = TimeSpan.FromMilliseconds(flags.GetInt(FlagNames.TimeoutMs)),
    };

    /// <summary>Applies the flags as they are and as they will be, until the answer is disposed of.</summary>
    public static IDisposable Follow(FlagManager flags, ResiliencePipelines pipelines)
    {
        var subscription = flags.OnChange(change =>
        {
            if (Names.Contains(change.Name))
            {
                pipelines.Apply(Read(flags));
            }
        });
        pipelines.Apply(Read(flags));
        return subscription;
    }
}
