using Holdfast.Components;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.BuiltIn.Checks;

/// <summary>How the components are, and whether one is stuck.</summary>
/// <param name="statuses">Those that are to be judged: that a part of the server feels the store's absence is said elsewhere.</param>
internal sealed class ComponentsCheck(Func<IEnumerable<ComponentStatus>> statuses, ComponentWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var all = statuses().ToArray();
        var stuck = watch.Look();
        var found = new Found()
            .Value("components", all.Length)
            .Value("failed", all.Count(one => one.State == ComponentState.Failed))
            .Value("degraded", all.Count(one => one.State == ComponentState.Degraded))
            .Value("stuck", stuck.Count);
        foreach (var (name, why) in stuck)
        {
            found.FailIf(true, $"'{name}' {why}.");
        }

        foreach (var one in all)
        {
            found.FailIf(one.State == ComponentState.Failed, $"'{one.Name}' has failed and is started again.")
                .WarnIf(one.State == ComponentState.Degraded, $"'{one.Name}' is degraded: {string.Join("; ", one.Reasons)}.");
        }

        return found.AsTask();
    }
}
