using Polly;
using Polly.CircuitBreaker;
using Polly.Telemetry;

namespace Holdfast.Resilience;

/// <summary>
/// Puts calls of one pipeline through a breaker: enter, call, judge, leave. Written without <c>async</c> on the way of a call that
/// completes at once on a healthy circuit, because there the state machine would cost more than the breaker does.
/// </summary>
internal sealed class ConsecutiveCircuitBreakerStrategy<T>(
    ConsecutiveCircuitBreakerStrategyOptions<T> options, CircuitBreakerHandle handle, ResilienceStrategyTelemetry telemetry) : ResilienceStrategy<T>
{
    private readonly bool _resultsAreSuccesses = options.JudgesExceptionsOnly
        || (options.ShouldIgnore is null && options.ShouldHandle == ConsecutiveCircuitBreakerStrategyOptions<T>.AnyException);

    private readonly string _message = $"The circuit breaker '{handle.Name}' is open and lets no call through.";
    private readonly string _isolatedMessage = $"The circuit breaker '{handle.Name}' is held open by hand and lets no call through.";

    protected override ValueTask<Outcome<T>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<T>>> callback, ResilienceContext context, TState state)
    {
        if (handle.TryEnterFreely(out var permit))
        {
            return CallAsync(callback, context, state, permit);
        }

        var entry = handle.Enter(new Reporter(this, context, default), out var tell);
        return !entry.Admitted ? ValueTask.FromResult(Outcome.FromException<T>(Rejection(entry)))
            : tell ? TellAndCallAsync(callback, context, state, entry.Permit)
            : CallAsync(callback, context, state, entry.Permit);
    }

    private async ValueTask<Outcome<T>> TellAndCallAsync<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<T>>> callback, ResilienceContext context, TState state, CircuitPermit permit)
    {
        await handle.TellAsync().ConfigureAwait(context.ContinueOnCapturedContext);
        return await CallAsync(callback, context, state, permit).ConfigureAwait(context.ContinueOnCapturedContext);
    }

    private ValueTask<Outcome<T>> CallAsync<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<T>>> callback, ResilienceContext context, TState state, CircuitPermit permit)
    {
        ValueTask<Outcome<T>> call;
        try
        {
            call = callback(context, state);
        }
        catch (Exception fault)
        {
            return LeaveAsync(context, permit, Outcome.FromException<T>(fault));
        }

        return call.IsCompletedSuccessfully ? LeaveAsync(context, permit, call.Result) : AwaitAndLeaveAsync(call, context, permit);
    }

    private async ValueTask<Outcome<T>> AwaitAndLeaveAsync(ValueTask<Outcome<T>> call, ResilienceContext context, CircuitPermit permit)
    {
        Outcome<T> outcome;
        try
        {
            outcome = await call.ConfigureAwait(context.ContinueOnCapturedContext);
        }
        catch (Exception fault)
        {
            outcome = Outcome.FromException<T>(fault);
        }

        return await LeaveAsync(context, permit, outcome).ConfigureAwait(context.ContinueOnCapturedContext);
    }

    private ValueTask<Outcome<T>> LeaveAsync(ResilienceContext context, CircuitPermit permit, Outcome<T> outcome)
    {
        var judging = JudgeAsync(context, outcome);
        return judging.IsCompletedSuccessfully
            ? LeaveAsync(context, permit, outcome, judging.Result)
            : AwaitVerdictAndLeaveAsync(judging, context, permit, outcome);
    }

    private async ValueTask<Outcome<T>> AwaitVerdictAndLeaveAsync(
        ValueTask<CallVerdict> judging, ResilienceContext context, CircuitPermit permit, Outcome<T> outcome)
    {
        CallVerdict verdict;
        try
        {
            verdict = await judging.ConfigureAwait(context.ContinueOnCapturedContext);
        }
        catch (Exception fault)
        {
            // Nobody knows what the call came to; a predicate that fails must not wedge a half-open circuit, and must be seen.
            verdict = CallVerdict.Ignored;
            outcome = Outcome.FromException<T>(fault);
        }

        return await LeaveAsync(context, permit, outcome, verdict).ConfigureAwait(context.ContinueOnCapturedContext);
    }

    private ValueTask<Outcome<T>> LeaveAsync(ResilienceContext context, CircuitPermit permit, Outcome<T> outcome, CallVerdict verdict)
    {
        if (handle.TryLeaveFreely(permit, verdict) || !handle.Leave(permit, verdict, outcome.Exception, new Reporter(this, context, outcome)))
        {
            return ValueTask.FromResult(outcome);
        }

        return TellAndReturnAsync(context, outcome);
    }

    private async ValueTask<Outcome<T>> TellAndReturnAsync(ResilienceContext context, Outcome<T> outcome)
    {
        await handle.TellAsync().ConfigureAwait(context.ContinueOnCapturedContext);
        return outcome;
    }

    private ValueTask<CallVerdict> JudgeAsync(ResilienceContext context, Outcome<T> outcome)
    {
        if (outcome.Exception is null && _resultsAreSuccesses)
        {
            return ValueTask.FromResult(CallVerdict.Success);
        }

        return outcome.Exception is OperationCanceledException && context.CancellationToken.IsCancellationRequested
            ? ValueTask.FromResult(CallVerdict.Cancelled)
            : AskAsync(new CircuitBreakerPredicateArguments<T>(context, outcome));
    }

    private async ValueTask<CallVerdict> AskAsync(CircuitBreakerPredicateArguments<T> arguments)
    {
        var captured = arguments.Context.ContinueOnCapturedContext;
        if (options.ShouldIgnore is { } ignore && await ignore(arguments).ConfigureAwait(captured))
        {
            return CallVerdict.Ignored;
        }

        return await options.ShouldHandle(arguments).ConfigureAwait(captured) ? CallVerdict.Failure : CallVerdict.Success;
    }

    private BrokenCircuitException Rejection(CircuitEntry entry)
    {
        // Constant texts: an outage makes many of these, and a text with the time in it would cost more than all the rest.
        var rejection = (entry.RetryAfter, handle.LastFailure) switch
        {
            (null, _) => new IsolatedCircuitException(_isolatedMessage),
            ({ } after, null) => new BrokenCircuitException(_message, after),
            ({ } after, { } failure) => new BrokenCircuitException(_message, after, failure),
        };
        telemetry.SetTelemetrySource(rejection);
        return rejection;
    }

    /// <summary>Tells Polly's listener and the handlers of the options, with the names and severities of Polly's own breaker.</summary>
    private readonly struct Reporter(ConsecutiveCircuitBreakerStrategy<T> strategy, ResilienceContext context, Outcome<T> outcome) : ITransitionReporter
    {
        // The context of the call goes back to its pool when the call ends, so who is told later gets one that nobody takes back.
        public ITransitionReporter Detach() =>
            new Reporter(strategy, ResilienceContextPool.Shared.Get(context.OperationKey, context.CancellationToken), outcome);

        public ValueTask ReportAsync(CircuitTransition transition) => transition.To switch
        {
            CircuitState.HalfOpen => strategy.ReportHalfOpened(new OnCircuitHalfOpenedArguments(context)),
            CircuitState.Closed => strategy.ReportClosed(new OnCircuitClosedArguments<T>(context, outcome, isManual: false)),
            _ => strategy.ReportOpened(new OnCircuitOpenedArguments<T>(context, outcome, transition.BreakDuration.GetValueOrDefault(), isManual: false)),
        };
    }

    private ValueTask ReportOpened(OnCircuitOpenedArguments<T> arguments)
    {
        telemetry.Report(new ResilienceEvent(ResilienceEventSeverity.Error, "OnCircuitOpened"), arguments.Context, arguments.Outcome, arguments);
        return options.OnOpened?.Invoke(arguments) ?? ValueTask.CompletedTask;
    }

    private ValueTask ReportClosed(OnCircuitClosedArguments<T> arguments)
    {
        telemetry.Report(new ResilienceEvent(ResilienceEventSeverity.Information, "OnCircuitClosed"), arguments.Context, arguments.Outcome, arguments);
        return options.OnClosed?.Invoke(arguments) ?? ValueTask.CompletedTask;
    }

    private ValueTask ReportHalfOpened(OnCircuitHalfOpenedArguments arguments)
    {
        telemetry.Report(new ResilienceEvent(ResilienceEventSeverity.Warning, "OnCircuitHalfOpened"), arguments.Context, arguments);
        return options.OnHalfOpened?.Invoke(arguments) ?? ValueTask.CompletedTask;
    }
}
