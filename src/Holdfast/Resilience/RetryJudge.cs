using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Holdfast.Resilience;

/// <summary>Decides after each attempt whether another one follows, and counts: Polly asks exactly once an attempt.</summary>
internal sealed class RetryJudge<T>(BackoffRetryOptions<T> options, TimeProvider time)
{
    private static readonly ValueTask<bool> Yes = new(true);
    private static readonly ValueTask<bool> No = new(false);

    public ValueTask<bool> Judge(RetryPredicateArguments<T> arguments)
    {
        var outcome = arguments.Outcome;
        if (outcome.Exception is BrokenCircuitException)
        {
            // Nothing was attempted.
            return No;
        }

        Note(outcome.Exception);
        if (IsCancelled(arguments.Context, outcome.Exception) || !options.ShouldRetry(outcome))
        {
            return No;
        }

        if (arguments.AttemptNumber + 1 >= options.Retry.MaxAttempts)
        {
            options.Handle?.CountExhausted();
        }

        // Polly keeps to the maximum itself; only a maximum of one is below what it can express.
        return options.Retry.MaxAttempts > 1 ? Yes : No;
    }

    public ValueTask OnRetry()
    {
        options.Handle?.CountRetry();
        return ValueTask.CompletedTask;
    }

    private void Note(Exception? failure)
    {
        options.Handle?.CountAttempt();
        if (failure is not null)
        {
            options.Handle?.NoteFailure(failure, time.GetUtcNow());
        }
    }

    private static bool IsCancelled(ResilienceContext context, Exception? failure) =>
        failure is OperationCanceledException && context.CancellationToken.IsCancellationRequested;
}
