using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Health;

/// <summary>Checks that an application has registered with <c>AddHealthChecks()</c>, as plans.</summary>
internal static class RegisteredCheck
{
    // What an application checks is mostly somebody else's server.
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <param name="registration">As it was registered.</param>
    /// <param name="scopes">Each run has services of its own, as under ASP.NET.</param>
    public static CheckPlan PlanOf(HealthCheckRegistration registration, IServiceScopeFactory scopes) => new(registration.Name, () => Make(registration, scopes))
    {
        Period = registration.Period ?? DefaultPeriod,
        Timeout = registration.Timeout > TimeSpan.Zero ? registration.Timeout : DefaultTimeout,
        Registration = registration,
    };

    private static CheckCall Make(HealthCheckRegistration registration, IServiceScopeFactory scopes)
    {
        var scope = scopes.CreateAsyncScope();
        return new CheckCall(registration.Factory(scope.ServiceProvider), scope);
    }
}
