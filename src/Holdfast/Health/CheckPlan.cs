using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Health;

/// <summary>A check with how often it runs.</summary>
/// <param name="Name">As the list shows it; unique.</param>
/// <param name="Make">Makes the check for one run, and disposes of what that needed.</param>
internal sealed record CheckPlan(string Name, Func<CheckCall> Make)
{
    /// <summary>A check that is one object for the life of the node.</summary>
    public CheckPlan(string name, IHealthCheck check)
        : this(name, () => new CheckCall(check, null)) =>
        (Registration, IsOwn) = (new HealthCheckRegistration(name, check, HealthStatus.Unhealthy, tags: null), true);

    /// <summary>From the end of a run to the beginning of the next one, but for the jitter. Default: 10 seconds.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a run may take; then it is left behind and counts as bad. Default: 5 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A check without which this one would only repeat its failure: while that one fails, this one is not run. Null: none.</summary>
    public string? Needs { get; init; }

    /// <summary>It is Holdfast's, and not registered by the application.</summary>
    public bool IsOwn { get; }

    /// <summary>What is wrong is among the problems of the status already, said by those who know more of it.</summary>
    public bool IsToldElsewhere { get; init; }

    /// <summary>What a run is told of itself.</summary>
    public HealthCheckRegistration Registration { get; init; } = new(Name, _ => throw new InvalidOperationException("It is made by its plan."), HealthStatus.Unhealthy, tags: null);
}

/// <summary>One run's check.</summary>
/// <param name="Check">To be called.</param>
/// <param name="Scope">Ends when the call has ended; null: nothing does.</param>
internal sealed record CheckCall(IHealthCheck Check, IAsyncDisposable? Scope);
