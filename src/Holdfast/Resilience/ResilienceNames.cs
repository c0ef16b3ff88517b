using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>How states and causes are written in JSON, in logs and as values of metric attributes.</summary>
internal static class ResilienceNames
{
    public static string Of(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.Open => "open",
        CircuitState.HalfOpen => "half_open",
        _ => "isolated",
    };

    public static string Of(CircuitTransitionCause cause) => cause switch
    {
        CircuitTransitionCause.Failures => "failures",
        CircuitTransitionCause.ProbeFailed => "probe_failed",
        CircuitTransitionCause.ProbesSucceeded => "probes_succeeded",
        CircuitTransitionCause.BreakOver => "break_over",
        _ => "manual",
    };
}
