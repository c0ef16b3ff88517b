namespace Holdfast.Retries;

/// <summary>
/// Calls a handler and comes back whatever it does: one that throws is a failure, one that takes too long is cancelled, one that ignores
/// even that is left behind.
/// </summary>
internal sealed class HandlerRunner(RetryEnvironment environment)
{
    /// <summary>Handlers left behind at one time. Beyond, one that does not end keeps its worker: threads and memory are not endless.</summary>
    public const int LeftBehindMax = 16;

    /// <summary>How long a cancelled handler may take to end.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private int _leftBehind;

    /// <summary>Handlers that were left behind and have not ended.</summary>
    public int LeftBehind => Volatile.Read(ref _leftBehind);

    /// <param name="end">Cancelled when the attempt must end and will not count.</param>
    public async Task<AttemptResult> RunAsync(IRetryHandler handler, RetryContext context, TimeSpan timeout, CancellationToken end)
    {
        using var timer = new CancellationTokenSource(timeout, environment.Time);

        // Not linked: what a handler has registered may throw, and would do so in the timer's thread. Not disposed of: a handler that is
        // left behind may look at it; it is memory only.
        var cancel = new CancellationTokenSource();
        await using var late = timer.Token.UnsafeRegister(_ => Cancel(cancel, context), null);
        await using var ended = end.UnsafeRegister(_ => Cancel(cancel, context), null);

        // On a thread of its own choosing: a handler that blocks before it awaits anything must not block its own timeout.
        var running = Task.Run(() => handler.HandleAsync(context, cancel.Token), CancellationToken.None);
        await ((Task)running).WaitAsync(cancel.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var timedOut = timer.IsCancellationRequested;
        if (!running.IsCompleted)
        {
            await ((Task)running).WaitAsync(Grace, environment.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return running.IsCompleted ? await ResultAsync(running, timeout, timedOut, end) : Leave(running, context, timeout, end);
    }

    private void Cancel(CancellationTokenSource cancel, RetryContext context) => _ = CancelAsync(cancel, context);

    private async Task CancelAsync(CancellationTokenSource cancel, RetryContext context)
    {
        try
        {
            await cancel.CancelAsync();
        }
        catch (AggregateException fault)
        {
            environment.Logger.CancellationThrew(fault, context.OperationType, context.Id);
        }
    }

    private AttemptResult Leave(Task<RetryOutcome> running, RetryContext context, TimeSpan timeout, CancellationToken end)
    {
        var leftBehind = Interlocked.Increment(ref _leftBehind);
        environment.Logger.HandlerLeftBehind(context.OperationType, context.Id, leftBehind);
        var ended = WatchAsync(running, context);
        AttemptResult result = end.IsCancellationRequested ? new AttemptResult.Interrupted() : new AttemptResult.TimedOut(timeout, LeftBehind: true);
        return leftBehind > LeftBehindMax ? result with { WorkerFree = ended } : result;
    }

    private async Task WatchAsync(Task<RetryOutcome> running, RetryContext context)
    {
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref _leftBehind);
        environment.Logger.HandlerEndedLate(running.Exception?.InnerException, context.OperationType, context.Id);
    }

    private static async Task<AttemptResult> ResultAsync(Task<RetryOutcome> ended, TimeSpan timeout, bool timedOut, CancellationToken end)
    {
        try
        {
            // What a handler says counts even when its time was over: it has done what it has done.
            return await ended is { } outcome
                ? new AttemptResult.Told(outcome)
                : new AttemptResult.Threw(new InvalidOperationException("The handler returned no outcome."));
        }
        catch (Exception) when (end.IsCancellationRequested)
        {
            // Whatever it threw, it was told to end: the item is executed again, here or elsewhere.
            return new AttemptResult.Interrupted();
        }
        catch (OperationCanceledException) when (timedOut)
        {
            return new AttemptResult.TimedOut(timeout, LeftBehind: false);
        }
        catch (Exception fault)
        {
            return new AttemptResult.Threw(fault);
        }
    }
}
