namespace Holdfast.Lifecycle;

/// <summary>How the process leaves.</summary>
public sealed class LifecycleOptions
{
    /// <summary>
    /// Time for all shutdown phases together. What is not flushed by then stays in the spool. Default: 30 seconds
    /// (<c>METRICS_PERSISTER_GRACEFUL_SHUTDOWN_TIMEOUT</c>).
    /// </summary>
    public TimeSpan ShutdownBudget { get; set; } = TimeSpan.FromSeconds(30);
}
