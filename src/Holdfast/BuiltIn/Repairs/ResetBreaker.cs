using Holdfast.BuiltIn.Checks;
using Holdfast.Health;
using Holdfast.Pipeline;
using Holdfast.Resilience;
using Polly.CircuitBreaker;

namespace Holdfast.BuiltIn.Repairs;

/// <summary>
/// Closes the database's circuit breaker, once the store has answered beside it: otherwise the break would be over, and begin again. An answer says
/// that the store can be reached and nothing else, so a breaker that a full disk has opened keeps its break; and one that an operator has isolated
/// or opened is left alone. That it helped is shown by what is written next: a breaker that was closed stays so until enough has failed again.
/// </summary>
/// <param name="writes">How many transactions the store has taken.</param>
/// <param name="isWaiting">Whether there is something to write.</param>
internal sealed class ResetBreaker(CircuitBreakerHandle breaker, ITelemetryStore store, StoreState state, Func<long> writes, Func<bool> isWaiting) : IRecoveryAction
{
    public string Name => "reset_breaker";

    public async ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken)
    {
        try
        {
            await store.PingAsync(cancellationToken);
        }
        catch (StoreUnavailableException away)
        {
            throw new RecoveryRefusedException($"The store does not answer beside the circuit breaker ({away.Reason}), so it stays as it is.");
        }

        var now = breaker.Snapshot();
        if (now.State == CircuitState.Closed)
        {
            return new RecoveryResult($"The circuit breaker '{breaker.Name}' was closed already.", Acted: false);
        }

        if (now.State == CircuitState.Isolated || BreakersCheck.IsByHand(now))
        {
            throw new RecoveryRefusedException($"An operator has opened the circuit breaker '{breaker.Name}', so it stays as it is.");
        }

        if (state.Now is { Fault: "full" or "io" or "corrupt" or "schema", Reason: var reason })
        {
            throw new RecoveryRefusedException($"The store answers, but it takes nothing ({reason}), so the circuit breaker '{breaker.Name}' stays as it is.");
        }

        var before = writes();
        breaker.Reset("recovery", $"rule {call.Rule}: the store answers again");
        return new RecoveryResult($"The store answers again, so the circuit breaker '{breaker.Name}' was closed.") { Helped = HasWritten };

        // In this order: what waited is counted before it waits no more.
        bool? HasWritten() => isWaiting() ? writes() > before : writes() > before ? true : null;
    }
}
