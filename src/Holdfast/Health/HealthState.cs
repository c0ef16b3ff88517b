using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Health;

/// <summary>How something is; the later, the worse.</summary>
internal enum HealthState
{
    /// <summary>Not judged: it has not run, is left out, or would only repeat what another says.</summary>
    Unknown,

    /// <summary>As it should be.</summary>
    Pass,

    /// <summary>It works, with less than it should have.</summary>
    Warn,

    /// <summary>It does not work.</summary>
    Fail,
}

/// <summary>Names of states on the wire.</summary>
internal static class HealthStates
{
    public static string NameOf(HealthState state) => state switch
    {
        HealthState.Unknown => "unknown",
        HealthState.Pass => "pass",
        HealthState.Warn => "warn",
        HealthState.Fail => "fail",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a state."),
    };

    /// <summary>The state of this name, or null.</summary>
    public static HealthState? Parse(string? name) => Enum.GetValues<HealthState>().Cast<HealthState?>().FirstOrDefault(state => NameOf(state!.Value) == name);

    public static HealthState Of(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => HealthState.Pass,
        HealthStatus.Degraded => HealthState.Warn,
        HealthStatus.Unhealthy => HealthState.Fail,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not a status."),
    };

    public static HealthStatus ToStatus(HealthState state) => state switch
    {
        HealthState.Fail => HealthStatus.Unhealthy,
        HealthState.Warn => HealthStatus.Degraded,
        _ => HealthStatus.Healthy,
    };
}
