namespace Holdfast.Lifecycle;

/// <summary>How the process leaves.</summary>
public sealed class LifecycleOptions
{
    /// <summary>
    /// Time for all shutdown phases together. What is not flushed by then stays in the spool. Default: 30 seconds
    /// (<c>METRICS_PERSISTER_GRACEFUL_SHUTDOWN_TIMEOUT</c>).
    /// </summary>
    public TimeSpan ShutdownBudget { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether what is under way is waited for and what waits is flushed. False: neither, the spool keeps everything. Default: true
    /// (<c>RESILIENCE_GRACEFUL_SHUTDOWN_ENABLED</c>).
    /// </summary>
    public bool Graceful { get; set; } = true;
}
