using Holdfast.Resilience;

namespace Holdfast.Retries;

/// <summary>Whether an attempt may be made at a destination.</summary>
/// <param name="Wait">Null: it may. Otherwise when asking again is of use.</param>
/// <param name="Permit">What is handed back when the attempt has ended.</param>
internal readonly record struct GateAnswer(TimeSpan? Wait, CircuitPermit Permit);

/// <summary>
/// Stands before one destination: its breaker, which spends no attempts on what is known to be away, and its budget, which keeps a
/// destination that has just come back from being overrun.
/// </summary>
internal sealed class DestinationGate(RetryDestination destination, CircuitBreakerOptions circuit, RetryEnvironment environment)
{
    // Held open by hand: no end is known.
    private static readonly TimeSpan Isolated = TimeSpan.FromSeconds(30);

    // While one item tries whether the destination is back, the others ask again soon: the try may take a moment or a minute.
    private static readonly TimeSpan CanaryWait = TimeSpan.FromSeconds(1);

    // Those who waited for the same moment come back within this much of it.
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly RetryBudget _budget = new();
    private CircuitBreakerOptions _circuit = circuit;
    private readonly long _madeAt = environment.Time.GetTimestamp();

    public RetryDestination Destination => destination;

    public CircuitBreakerHandle Breaker { get; } = new(destination.ToString(), circuit, environment.Time, environment.Logger);

    /// <summary>The settings as they are now. An open circuit stays open until the end it was opened with.</summary>
    public void Configure(CircuitBreakerOptions options)
    {
        lock (_gate)
        {
            if (options != _circuit)
            {
                _circuit = options;
                Breaker.Configure(options);
            }
        }
    }

    /// <summary>An attempt wants in.</summary>
    public async ValueTask<GateAnswer> EnterAsync(RetryQueueOptions options)
    {
        if (!Breaker.TryEnterFreely(out var permit))
        {
            var entry = Breaker.Enter(default(NoReporter), out var tell);
            if (tell)
            {
                await Breaker.TellAsync();
            }

            if (!entry.Admitted)
            {
                return new GateAnswer(WaitAfter(entry.RetryAfter), default);
            }

            permit = entry.Permit;
        }

        if (TakeFromBudget(options) is not { } wait)
        {
            return new GateAnswer(null, permit);
        }

        await LeaveAsync(permit, CallVerdict.Ignored, null);
        return new GateAnswer(wait, default);
    }

    /// <summary>An attempt that was let in has ended.</summary>
    public async ValueTask LeaveAsync(CircuitPermit permit, CallVerdict verdict, Exception? fault)
    {
        if (!Breaker.TryLeaveFreely(permit, verdict) && Breaker.Leave(permit, verdict, fault, default(NoReporter)))
        {
            await Breaker.TellAsync();
        }
    }

    private TimeSpan WaitAfter(TimeSpan? retryAfter)
    {
        var wait = Breaker.State == Polly.CircuitBreaker.CircuitState.HalfOpen ? CanaryWait : retryAfter ?? Isolated;
        return wait + (Spread * environment.Random());
    }

    private TimeSpan? TakeFromBudget(RetryQueueOptions options)
    {
        lock (_gate)
        {
            return _budget.Take(environment.Time.GetElapsedTime(_madeAt), options.DestinationAttemptsPerSecond, options.DestinationBurst);
        }
    }
}
