using System.ComponentModel.DataAnnotations;

namespace Holdfast.Resilience;

/// <summary>When a circuit breaker opens, for how long, and how it closes again.</summary>
public sealed record CircuitBreakerOptions
{
    /// <summary>False: every call passes and is counted, and the state stays as it is. Default: true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Failures in a row that open the circuit, at least 1. Default: 5.</summary>
    [Range(1, int.MaxValue)]
    public int FailureThreshold { get; init; } = 5;

    /// <summary>Probes that must succeed before a half-open circuit closes, at least 1. Default: 2.</summary>
    [Range(1, int.MaxValue)]
    public int SuccessThreshold { get; init; } = 2;

    /// <summary>Probes at once while half-open, at least 1. Default: 1.</summary>
    [Range(1, int.MaxValue)]
    public int HalfOpenMaxConcurrency { get; init; } = 1;

    /// <summary>How long an open circuit lets nothing through, 10 ms to a day. Default: 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After this long a probe that has not answered gives its place away, 10 ms to a day. Default: 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ProbeLease { get; init; } = TimeSpan.FromSeconds(30);

    /// <exception cref="ValidationException">A value is out of its range.</exception>
    internal CircuitBreakerOptions Validated()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        return this;
    }
}
