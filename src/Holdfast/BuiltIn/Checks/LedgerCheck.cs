using Holdfast.Pipeline;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether every row that was acknowledged is accounted for.</summary>
internal sealed class LedgerCheck(Flusher flusher) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var error = flusher.Ledger.Error ?? 0;
        return new Found()
            .Value("error", error)
            .FailIf(error != 0, $"The ledger does not balance: {error} rows are unaccounted for.")
            .AsTask();
    }
}
