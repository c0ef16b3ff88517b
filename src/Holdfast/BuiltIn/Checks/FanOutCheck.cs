using Holdfast.Monitoring;
using Holdfast.Monitoring.Adapters;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether those who watch get everything: what they lost, or were cut off for, since the last look.</summary>
internal sealed class FanOutCheck(AdapterSwitch adapters) : IHealthCheck
{
    private AdapterMetrics _before = new(0, 0, 0);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = adapters.Paths.Where(path => path.IsLocal).Aggregate(new AdapterMetrics(0, 0, 0), (sum, path) => sum + path.Metrics);
        var before = Interlocked.Exchange(ref _before, now);
        var (dropped, closed) = (now.Dropped - before.Dropped, now.Closed - before.Closed);
        return new Found()
            .Value("watchers", adapters.Watchers)
            .Value("slow", now.Slow)
            .Value("waiting_bytes", now.WaitingBytes)
            .Value("dropped", dropped)
            .Value("closed", closed)
            .WarnIf(dropped > 0, $"{dropped} events were dropped for watchers that read too slowly; each was told.")
            .WarnIf(closed > 0, $"{closed} watchers were cut off because they did not read.")
            .AsTask();
    }
}
