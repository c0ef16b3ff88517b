using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>How long retries that are due have been waiting for a worker.</summary>
/// <param name="oldest">Of the one that was due first, as far as this process sees it.</param>
internal sealed class QueueAgeCheck(Func<TimeSpan> oldest) : IHealthCheck
{
    private static readonly TimeSpan Warned = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Most = TimeSpan.FromHours(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var age = oldest();
        var sentence = $"Retries have been due for {age.TotalMinutes:F0} minutes and wait for a worker.";
        return new Found()
            .Value("oldest_age_s", age.TotalSeconds)
            .FailIf(age > Most, sentence)
            .WarnIf(age > Warned && age <= Most, sentence)
            .AsTask();
    }
}
