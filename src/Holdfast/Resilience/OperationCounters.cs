using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Resilience;

/// <summary>The numbers of a pipeline: its operations, each counted once, when it has ended, whatever happened inside.</summary>
internal sealed class OperationCounters
{
    private readonly StripedCounter _succeeded = new();
    private readonly StripedCounter _failed = new();
    private readonly StripedCounter _rejected = new();
    private readonly StripedCounter _cancelled = new();

    public long Succeeded => _succeeded.Read();

    public long Failed => _failed.Read();

    public long Rejected => _rejected.Read();

    public long Cancelled => _cancelled.Read();

    public void Count(Exception? failure, bool cancelled) => (failure switch
    {
        null => _succeeded,
        BrokenCircuitException => _rejected,
        OperationCanceledException when cancelled => _cancelled,
        _ => _failed,
    }).Increment();

    public void Reset()
    {
        _succeeded.Reset();
        _failed.Reset();
        _rejected.Reset();
        _cancelled.Reset();
    }
}

/// <summary>The outermost part of a named pipeline: counts its operations.</summary>
internal sealed class OperationCounterStrategy<T>(OperationCounters counters) : ResilienceStrategy<T>
{
    protected override ValueTask<Outcome<T>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<T>>> callback, ResilienceContext context, TState state)
    {
        var operation = callback(context, state);
        if (!operation.IsCompletedSuccessfully)
        {
            return AwaitAndCountAsync(operation, context);
        }

        var outcome = operation.Result;
        Count(outcome, context);
        return ValueTask.FromResult(outcome);
    }

    private async ValueTask<Outcome<T>> AwaitAndCountAsync(ValueTask<Outcome<T>> operation, ResilienceContext context)
    {
        Outcome<T> outcome;
        try
        {
            outcome = await operation.ConfigureAwait(context.ContinueOnCapturedContext);
        }
        catch (Exception fault)
        {
            outcome = Outcome.FromException<T>(fault);
        }

        Count(outcome, context);
        return outcome;
    }

    private void Count(in Outcome<T> outcome, ResilienceContext context) =>
        counters.Count(outcome.Exception, context.CancellationToken.IsCancellationRequested);
}

/// <summary>Only the name by which Polly's telemetry knows the counting part.</summary>
internal sealed class OperationCounterStrategyOptions : ResilienceStrategyOptions
{
    public OperationCounterStrategyOptions() => Name = "OperationCounter";
}
