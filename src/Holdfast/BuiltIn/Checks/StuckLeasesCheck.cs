using Holdfast.Retries;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether retries are held by worker processes that are gone. Every process looks for such every two seconds, so whatever stays is stuck.</summary>
internal sealed class StuckLeasesCheck(IRetryStore store) : IHealthCheck
{
    private const int AlertsMax = 500;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var stale = (await store.ReadAlertsAsync(AlertsMax, cancellationToken)).Where(alert => alert.Reason == RetryAlertReasons.StaleLease).ToArray();
        return new Found()
            .Value("stale", stale.Length)
            .FailIf(stale.Length > 0, $"{stale.Length} retries are held by worker processes whose lease has ended.")
            .Result();
    }
}
