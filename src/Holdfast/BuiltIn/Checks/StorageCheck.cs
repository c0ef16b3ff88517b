using Holdfast.Pipeline;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Asks the store, beside the circuit breaker: that it is back is noticed by somebody who asks.</summary>
internal sealed class StorageCheck(ITelemetryStore store, StoreState state, TimeProvider time) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var began = time.GetTimestamp();
        try
        {
            await store.PingAsync(cancellationToken);
        }
        catch (StoreUnavailableException away)
        {
            return new Found().FailIf(true, $"The store does not answer: {away.Reason}. {StoreFaults.AdviceFor(away.Code)}").Result();
        }

        return new Found()
            .Value("round_trip_ms", time.GetElapsedTime(began).TotalMilliseconds)
            .WarnIf(state.Suspicion is not null, $"The schema of the store has probably been changed. {StoreFaults.AdviceFor("suspect_schema")}")
            .Result();
    }
}
