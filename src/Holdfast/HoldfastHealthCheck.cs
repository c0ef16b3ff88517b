using Holdfast.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast;

/// <summary>Puts the health of Holdfast into the application's own health endpoint.</summary>
public static class HoldfastHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds one check with the result of all of Holdfast's: <c>services.AddHealthChecks().AddHoldfast()</c>. It answers from memory; the checks
    /// themselves run in the background. The application's own checks are run there too, and are not counted twice here.
    /// </summary>
    /// <param name="builder">The application's checks.</param>
    /// <param name="name">Name of the check. Default: <c>holdfast</c>.</param>
    /// <param name="tags">For the application's filters. Default: none.</param>
    public static IHealthChecksBuilder AddHoldfast(this IHealthChecksBuilder builder, string name = "holdfast", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, provider => new HoldfastHealthCheck(provider.GetRequiredService<HoldfastNode>()), failureStatus: null, [.. tags ?? [], HoldfastHealthCheck.Tag]));
    }
}

/// <summary>What Holdfast's own checks found, as one check.</summary>
internal sealed class HoldfastHealthCheck(HoldfastNode node) : IHealthCheck
{
    /// <summary>By which it is known: it must not be among the checks that it reports.</summary>
    public const string Tag = "holdfast";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var own = node.Parts.Health.Board.Snapshot().Checks.Where(check => check.Plan.IsOwn).ToArray();
        var wrong = own.Where(check => check.State is HealthState.Warn or HealthState.Fail).ToArray();
        return Task.FromResult(new HealthCheckResult(
            HealthStates.ToStatus(own.Max(check => check.State)),
            wrong.Length == 0 ? null : string.Join(' ', wrong.Select(check => $"{check.Plan.Name}: {check.Detail}")),
            exception: null,
            own.ToDictionary(check => check.Plan.Name, object (check) => HealthStates.NameOf(check.State), StringComparer.Ordinal)));
    }
}
