using Holdfast.Retries;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether retries are held by worker processes that are gone. Every process looks for such every two seconds, so whatever stays is stuck.</summary>
internal sealed class StuckLeasesCheck(IRetryStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Counted, and not looked for among what needs attention: that list ends somewhere, and dead letters stand before them.
        var stale = await store.CountStaleAsync(cancellationToken);
        return new Found()
            .Value("stale", stale)
            .FailIf(stale > 0, $"{stale} retries are held by worker processes whose lease has ended.")
            .Result();
    }
}
