using Holdfast.Monitoring.Adapters;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether broadcasts arrive over the adapters that are used.</summary>
internal sealed class AdaptersCheck(AdapterSwitch adapters) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = adapters.Problems().ToArray();
        return new Found()
            .Value("connections", adapters.Watchers)
            .Value("unhealthy", problems.Length)
            .WarnIf(problems.Length > 0, string.Join(' ', problems))
            .AsTask();
    }
}
