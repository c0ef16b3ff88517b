using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>Whether settings go together, and are what they were set to.</summary>
/// <param name="issues">A sentence for each thing that is wrong.</param>
internal sealed class FlagsCheck(Func<IReadOnlyList<string>> issues) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var found = issues();
        return new Found()
            .Value("issues", found.Count)
            .WarnIf(found.Count > 0, string.Join(". ", found) + ".")
            .AsTask();
    }
}
