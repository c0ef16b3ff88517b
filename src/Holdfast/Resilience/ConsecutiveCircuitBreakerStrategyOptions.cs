using System.ComponentModel.DataAnnotations;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>
/// A circuit breaker that counts failures in a row, as a Polly strategy. Events, arguments and exceptions are Polly's own, so handlers,
/// meters and <c>catch (BrokenCircuitException)</c> work as with Polly's breaker.
/// </summary>
/// <typeparam name="T">What the calls return.</typeparam>
public sealed class ConsecutiveCircuitBreakerStrategyOptions<T> : ResilienceStrategyOptions
{
    /// <summary>The default of <see cref="ShouldHandle"/>. Known by identity: a call that returns need not ask it.</summary>
    internal static readonly Func<CircuitBreakerPredicateArguments<T>, ValueTask<bool>> AnyException =
        static arguments => new ValueTask<bool>(arguments.Outcome.Exception is not null);

    /// <summary>Options with the defaults.</summary>
    public ConsecutiveCircuitBreakerStrategyOptions() => Name = "ConsecutiveCircuitBreaker";

    /// <inheritdoc cref="CircuitBreakerOptions.Enabled"/>
    public bool Enabled { get; set; } = true;

    /// <inheritdoc cref="CircuitBreakerOptions.FailureThreshold"/>
    [Range(1, int.MaxValue)]
    public int FailureThreshold { get; set; } = 5;

    /// <inheritdoc cref="CircuitBreakerOptions.SuccessThreshold"/>
    [Range(1, int.MaxValue)]
    public int SuccessThreshold { get; set; } = 2;

    /// <inheritdoc cref="CircuitBreakerOptions.HalfOpenMaxConcurrency"/>
    [Range(1, int.MaxValue)]
    public int HalfOpenMaxConcurrency { get; set; } = 1;

    /// <inheritdoc cref="CircuitBreakerOptions.BreakDuration"/>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(60);

    /// <inheritdoc cref="CircuitBreakerOptions.ProbeLease"/>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan ProbeLease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Which outcomes are failures; the others are successes. Default: every exception. Not asked about calls that their caller cancelled:
    /// those are neutral. If it throws, the outcome is ignored and the caller gets the exception.
    /// </summary>
    [Required]
    public Func<CircuitBreakerPredicateArguments<T>, ValueTask<bool>> ShouldHandle { get; set; } = AnyException;

    /// <summary>
    /// Which outcomes say nothing about the dependency, neither that it works nor that it fails: a bad row, for example. Asked first.
    /// Default: none.
    /// </summary>
    public Func<CircuitBreakerPredicateArguments<T>, ValueTask<bool>>? ShouldIgnore { get; set; }

    /// <summary>
    /// Told when a call has opened the circuit. Moves by hand have no call and no outcome: they are told to the observers of the
    /// <see cref="Handle"/>, with actor and reason.
    /// </summary>
    public Func<OnCircuitOpenedArguments<T>, ValueTask>? OnOpened { get; set; }

    /// <summary>Told when a call has closed the circuit.</summary>
    public Func<OnCircuitClosedArguments<T>, ValueTask>? OnClosed { get; set; }

    /// <summary>Told when a call has found the break over; the call goes on afterwards, as a probe.</summary>
    public Func<OnCircuitHalfOpenedArguments, ValueTask>? OnHalfOpened { get; set; }

    /// <summary>
    /// The breaker, shared by everything that uses the same dependency; it takes the settings of these options when the pipeline is built.
    /// Null: one of its own, whose state does not survive a reload of the pipeline.
    /// </summary>
    public CircuitBreakerHandle? Handle { get; set; }

    /// <summary>Every result is a success, and the predicates need only be asked about exceptions.</summary>
    internal bool JudgesExceptionsOnly { get; init; }

    internal CircuitBreakerOptions ToBreaker() => new()
    {
        Enabled = Enabled,
        FailureThreshold = FailureThreshold,
        SuccessThreshold = SuccessThreshold,
        HalfOpenMaxConcurrency = HalfOpenMaxConcurrency,
        BreakDuration = BreakDuration,
        ProbeLease = ProbeLease,
    };
}
