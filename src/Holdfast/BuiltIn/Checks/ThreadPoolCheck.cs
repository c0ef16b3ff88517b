using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>How long work waits for a thread. A pool whose threads are all blocked answers nobody, and looks idle from outside.</summary>
internal sealed class ThreadPoolCheck(TimeProvider time) : IHealthCheck
{
    private static readonly TimeSpan Warned = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var began = time.GetTimestamp();
        await Task.Run(static () => { }, cancellationToken);
        var waited = time.GetElapsedTime(began);
        var sentence = $"Work waits {waited.TotalSeconds:F1} s for a thread.";
        return new Found()
            .Value("wait_ms", waited.TotalMilliseconds)
            .Value("threads", ThreadPool.ThreadCount)
            .Value("waiting", ThreadPool.PendingWorkItemCount)
            .FailIf(waited > Most, sentence)
            .WarnIf(waited > Warned && waited <= Most, sentence)
            .Result();
    }
}
